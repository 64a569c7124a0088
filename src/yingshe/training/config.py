"""What a meta-training run is told."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import optax

from yingshe.errors import UserError


@dataclass(frozen=True)
class RunConfig(ABC):
    """What every run is told: how long it is, its optimiser, and what is reported."""

    steps: int = 2000
    """Steps of training."""
    optimiser: Literal["sgd", "momentum", "adam", "adamw"] = "adam"
    """"sgd" is exactly W ← W - η ∇L."""
    learning_rate: float = 1e-3
    """η, at its largest."""
    schedule: Literal["constant", "cosine", "linear"] = "cosine"
    """How η falls to zero over the run, after the warm-up; "constant" does not fall."""
    warmup: int = 0
    """Steps over which η rises from zero."""
    momentum: float = 0.9
    """Of "momentum"."""
    weight_decay: float = 1e-4
    """Of "adamw"."""
    clip: float | None = 1.0
    """Largest global norm of the gradient, None for no limit; "sgd" is never clipped."""
    validate_every: int = 200
    """Steps between validations on held-out tasks."""
    patience: int | None = None
    """Stop after this many validations without a better one, and keep the best; None: never."""
    report_every: int = 50
    """Steps between reports of the training loss."""
    checkpoint_every: int = 500
    """Steps between checkpoints, where a run folder is given."""

    def __post_init__(self):
        for name in ("steps", "validate_every", "report_every", "checkpoint_every"):
            at_least(name, getattr(self, name), 1)
        at_least("warmup", self.warmup, 0)
        if self.patience is not None:
            at_least("patience", self.patience, 1)
        if not self.learning_rate > 0:
            raise UserError(f"learning_rate is {self.learning_rate}; it must be above 0.")
        self.check()

    @abstractmethod
    def check(self):
        """Raises UserError where the settings of one kind of run make no sense."""


@dataclass(frozen=True)
class TrainConfig(RunConfig):
    """A meta-training run: how long, on what loss, by which optimiser, and what is reported."""

    tasks: int = 64
    """Tasks drawn for each step."""
    pairs: int = 40
    """Pairs drawn of each task; a recorded task with fewer gives all it has."""
    objective: Literal["prequential", "support_query"] = "prequential"
    """Predict every pair from those before it; or read k pairs and predict the others."""
    shots: tuple[int, int] = (1, 10)
    """Smallest and largest k of "support_query"; k is drawn anew for each task."""
    validation_tasks: int = 256
    """Held-out tasks in a validation; the same ones each time."""

    def check(self):
        for name in ("tasks", "pairs", "validation_tasks"):
            at_least(name, getattr(self, name), 1)
        low, high = self.shots
        if self.objective == "support_query" and not 0 <= low <= high < self.pairs:
            raise UserError(
                f"shots are {low} to {high} of {self.pairs} pairs; there must be 0 ≤ smallest ≤ "
                "largest < pairs, so that pairs are left to be judged on."
            )


def at_least(name: str, value: int, least: int):
    """Raises UserError where a setting is below the least that makes sense."""
    if value < least:
        raise UserError(f"{name} is {value}; it must be at least {least}.")


def make_optimiser(config: RunConfig, *, updates: int = 1) -> optax.GradientTransformation:
    """The Optax optimiser of a run, which takes so many updates a step."""
    after = max(config.steps - config.warmup, 1) * updates
    rate = {
        "constant": optax.constant_schedule(config.learning_rate),
        "cosine": optax.cosine_decay_schedule(config.learning_rate, after),
        "linear": optax.linear_schedule(config.learning_rate, 0.0, after),
    }[config.schedule]
    if config.warmup:
        rise = optax.linear_schedule(0.0, config.learning_rate, config.warmup * updates)
        rate = optax.join_schedules([rise, rate], [config.warmup * updates])
    if config.optimiser == "sgd":
        return optax.sgd(rate)
    rule = {
        "momentum": lambda: optax.sgd(rate, momentum=config.momentum),
        "adam": lambda: optax.adam(rate),
        "adamw": lambda: optax.adamw(rate, weight_decay=config.weight_decay),
    }[config.optimiser]()
    if config.clip is None:
        return rule
    return optax.chain(optax.clip_by_global_norm(config.clip), rule)
