"""Parts of a benchmark: measurement, models, picture and report."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

Figures = dict[str, Any]
"""Figures of a results file, as its benchmark wrote them."""

Value = float | str | Sequence[float] | None
"""Cell of a table: a number, text, [mean, low, high] of a 95 % interval, or nothing."""

Group = Literal["Functions", "Tables", "Speed and precision", "Robots", "Agents", "Languages"]


@dataclasses.dataclass(frozen=True)
class Result:
    """Outcome of one measurement."""

    figures: Figures
    """All figures of the results file."""
    seed: int | list[int]
    """Seeds that the measurement used."""
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Settings that the figures depend on."""
    seconds: float | None = None
    """Compute time, where a resumed run makes the wall-clock time too short."""
    partial: bool = False
    """True if some figures were taken from the file of an earlier run."""


@dataclasses.dataclass(frozen=True)
class ResultRow:
    """Headline figure: ours and the best peer, at most 60 characters a cell."""

    title: str
    """Quantity and unit, in English."""
    title_zh: str
    """The same in Chinese."""
    ours: Callable[[Figures], str]
    """Function from the figures to our figure."""
    peer: Callable[[Figures], str] = lambda _: ""
    """Function from the figures to the figure of the best peer."""
    peer_name: str = ""
    """Name of the best peer, or of the bound, in English."""
    peer_name_zh: str = ""
    """The same in Chinese."""
    readme: int | None = None
    """Place among the rows of the README; None for rows that stand in the index only."""


@dataclasses.dataclass(frozen=True)
class Table:
    """Table of methods by shots, or by settings."""

    title: str
    """Metric and unit."""
    columns: Mapping[str, Any]
    """Heading of each column -> key that `cell` receives."""
    methods: Mapping[str, Any]
    """Label of each row -> key that `cell` receives."""
    cell: Callable[[Figures, Any, Any], Value]
    """Function of figures, method and column to a value; a missing key leaves the cell empty."""
    ours: tuple[str, ...] = ()
    """Labels of our own methods, printed in bold."""
    published: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """Rows of figures that others published, as text."""
    digits: int | None = None
    """Digits after the point; None for three significant digits."""
    scale: float = 1.0
    """Factor of all values: 100 for percent."""
    head: str = "method"
    """Heading of the column of methods."""


@dataclasses.dataclass(frozen=True)
class Target:
    """Target that was set before the measurement."""

    metric: str
    """Name of the metric."""
    target: str
    """Value to reach, as text."""
    reached: Callable[[Figures], str]
    """Function from the figures to the measured value, as text."""
    met: Callable[[Figures], bool]
    """Predicate of the figures: True if the target was met."""


@dataclasses.dataclass(frozen=True)
class Ablation:
    """Change that was tried during development."""

    change: str
    """Change of the method."""
    effect: str
    """Effect of the change on a figure."""
    runs: str = "1 pilot run"
    """Evidence; no results file holds the pilot runs."""


@dataclasses.dataclass(frozen=True)
class Plot:
    """Picture of a benchmark."""

    image: str
    """File in docs/images."""
    caption: str
    """Text for readers who cannot see the picture."""
    draw: Callable[[Path], None] | None = None
    """Function that writes the picture; None if a demo draws it."""
    drawn_by: str = ""
    """Command of the demo."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Recipe of one model of the zoo."""

    model: str
    """Name in the zoo."""
    description: str
    """Description of the model, for its card."""
    commands: tuple[str, ...] = ()
    """Commands after `yingshe`, in order; they write to runs/."""
    train: Callable[[], None] | None = None
    """Function that trains into runs/MODEL, if no command does."""
    weights: str = ""
    """File below runs/ that is published; default: MODEL/learner.safetensors."""
    evaluate: bool = False
    """True if the card holds figures of its own, measured at publication."""
    data: str = ""
    """Source and license of the training data, for the card."""
    benchmark: str = ""
    """Benchmark of the recipe; set by the registry."""

    @property
    def command(self) -> str:
        """Command line that trains the model."""
        if self.train is not None:
            return f"python -m benchmarks {self.benchmark} --train"
        return " && ".join(f"yingshe {command}" for command in self.commands)


@dataclasses.dataclass(frozen=True)
class Check:
    """Short re-measurement that shows if recorded figures still hold."""

    what: str
    """Description of the measurement."""
    measure: Callable[[], dict[str, float]]
    """Function that measures a few figures with the present code and models."""
    recorded: Callable[[Figures], dict[str, Value]]
    """Function from the recorded figures to the same few, each a number or [mean, low, high]."""
    tolerance: float = 0.02
    """Relative difference that is allowed beyond the recorded value or interval."""


@dataclasses.dataclass(frozen=True)
class Benchmark:
    """Declaration of a benchmark."""

    name: str
    """Name of the module and of the results file."""
    title: str
    title_zh: str
    group: Group
    question: str
    """Question that the benchmark answers, one sentence."""
    setup: str
    """Setup in at most five lines: task, data, metric, number of tasks, seeds."""
    run: Callable[..., Result]
    """Function that measures everything; its keyword arguments are the command-line options."""
    rows: tuple[ResultRow, ...]
    tables: tuple[Table, ...]
    minutes: float
    """Wall-clock minutes on two cores."""
    targets: tuple[Target, ...] = ()
    limitations: tuple[str, ...] = ()
    """Limitations, sentences of at most 20 words."""
    ablations: tuple[Ablation, ...] = ()
    plot: Plot | None = None
    train: tuple[Recipe, ...] = ()
    models: tuple[str, ...] = ()
    """Names of the measured models of the zoo; default: those of `train`."""
    check: Check | None = None
    needs: str = ""
    """Requirements beyond the package: data, packages, another interpreter."""

    @property
    def zoo_models(self) -> tuple[str, ...]:
        """Names of the models that the figures depend on."""
        return self.models or tuple(recipe.model for recipe in self.train)
