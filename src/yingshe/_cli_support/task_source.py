"""What the words of a command line name: a family of tasks or a table, and learners."""

import dataclasses
import inspect
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import jax
import tyro
from jaxtyping import PRNGKeyArray

from yingshe._cli_support.options import build, options_of, parse, values
from yingshe.errors import UserError, did_you_mean
from yingshe.learners import LEARNERS, Learner
from yingshe.tasks import FAMILIES, Family, TaskSet
from yingshe.training import TrainConfig

T = TypeVar("T")

_TABLES = (".csv", ".tsv", ".parquet", ".gz")
_FRACTIONS = (0.7, 0.15, 0.15)  # meta-train, validation, meta-test


@dataclass(frozen=True)
class TableOptions:
    """How to read a table: one row a pair, and a column that says which task the row belongs to."""

    task: str
    """Column that says which task a row belongs to."""
    outputs: Annotated[tuple[str, ...], tyro.conf.arg(metavar="COLUMN...")]
    """Columns to predict; one of text or categories makes it classification."""
    inputs: Annotated[tuple[str, ...], tyro.conf.arg(metavar="COLUMN...")] = ()
    """Columns of numbers to predict from."""
    text: str | None = None
    """Column of sentences to predict from."""
    encoder: str = "auto"
    """What reads them: "letters", or "sentences" (extra `languages`); by default the best there."""
    problem_type: Literal["auto", "regression", "classification"] = "auto"
    """Insist on one or the other."""
    order: str = "random"
    """"random", or "sequential": in the order of the rows, for time series and drifting tasks."""


class Tasks(NamedTuple):
    """Meta-train, validation and meta-test tasks. Of a family they are other draws of the same."""

    train: Family
    validation: Family | None
    test: Family


@dataclass(frozen=True)
class Subject:
    """A family or a table, as a word names it."""

    name: str
    source: type[Family] | Path
    """The family's class, or the table's file."""

    @property
    def description(self) -> str:
        """What the tasks are, for --help."""
        if isinstance(self.source, Path):
            return f"The recorded tasks of {self.source}."
        return inspect.getdoc(self.source) or self.name

    def options(self, *, prefixed: Collection[str] = ()) -> type:
        """The dataclass of its options, those in `prefixed` as --family.name."""
        if isinstance(self.source, Path):
            return TableOptions
        return options_of(self.source, prefix="family", prefixed=prefixed)

    def build(self, options: Any) -> Family:
        """The family, or all recorded tasks of the table. Raises UserError."""
        if isinstance(self.source, Path):
            return TaskSet.from_table(self.source, **values(options))
        return build(self.source, options)


def resolve_task_source(word: str) -> Subject:
    """What a family's name or a table's path names. Raises UserError with the nearest name."""
    if word in FAMILIES:
        return Subject(word, FAMILIES[word])
    path = Path(word)
    if path.suffix in _TABLES or path.exists() or len(path.parts) > 1:
        if not path.is_file():
            raise UserError(f"There is no file {path}.")
        return Subject(path.name.partition(".")[0], path)
    raise UserError(
        f"'{word}' is neither a family of tasks nor a table (.csv, .tsv, .parquet)."
        + did_you_mean(word, FAMILIES)
    )


def parse_with_task_source(
    options: type[T], words: Sequence[str], *, prog: str
) -> tuple[T, Family | None]:
    """Options, and the family or the recorded tasks that stand before them, if any do."""
    if not words or words[0].startswith("-"):
        return parse(options, words, prog=prog), None
    subject = resolve_task_source(words[0])
    clashing = names_of(subject.options()) & names_of(options)
    together = dataclasses.make_dataclass(
        "Both", [("family", subject.options(prefixed=clashing)), ("own", options)]
    )
    both = parse(
        together,
        [prefixed(word, clashing) for word in words[1:]],
        prog=f"{prog} {words[0]}",
        description=subject.description,
    )
    return both.own, subject.build(both.family)


def split_at_learner(words: Sequence[str]) -> tuple[list[str], str | None, list[str]]:
    """Words before a learner's name, that name or None, and the words after it.

    A name right after an --option is that option's value. Raises UserError for a bare first word
    that is no learner: it can only have been meant as one.
    """
    for i, word in enumerate(words):
        if word in LEARNERS and not (i and words[i - 1].startswith("--")):
            return list(words[:i]), word, list(words[i + 1 :])
    if words and not words[0].startswith("-"):
        raise UserError(f"There is no learner '{words[0]}'." + did_you_mean(words[0], LEARNERS))
    return list(words), None, []


def build_learner(name: str, options: Any, family: Family, *, key: PRNGKeyArray) -> Learner:
    """A learner of the family's dimensions; for classes its output is "categorical", and one that
    likens takes what was read from text apart.
    """
    if isinstance(family, TaskSet) and family.classes is not None:
        options = dataclasses.replace(options, likelihood="categorical")
        if name == "matching_network" and not options.views:
            options = dataclasses.replace(options, views=family.feature_groups)
    return build(LEARNERS[name], options, x_dim=family.x_dim, y_dim=family.y_dim, key=key)


def learner_options(name: str, *, prefixed: Collection[str] = ()) -> type:
    """The dataclass of a learner's own options, those in `prefixed` as --learner.name."""
    without = ("x_dim", "y_dim", "key")
    return options_of(LEARNERS[name], without=without, prefix="learner", prefixed=prefixed)


def cap_examples(config: TrainConfig, family: Family) -> TrainConfig:
    """The config with no more pairs than the longest recorded task has: they would be padding."""
    if not isinstance(family, TaskSet):
        return config
    return dataclasses.replace(
        config, examples_per_task=min(config.examples_per_task, family.max_task_size)
    )


def names_of(options: type) -> set[str]:
    """Field names of an options dataclass."""
    return {field.name for field in dataclasses.fields(options)}


def prefixed(word: str, clashing: Collection[str]) -> str:
    """--name as --family.name, if it is the name of other options too."""
    name = word.removeprefix("--").partition("=")[0].replace("-", "_")
    if word.startswith("--") and name in clashing:
        return "--family." + word.removeprefix("--")
    return word


def split_tasks(family: Family, *, seed: int) -> Tasks:
    """Recorded tasks are split by task, by the seed; any other family is drawn from anew."""
    if not isinstance(family, TaskSet):
        return Tasks(family, None, family)
    train, validation, test = family.split(_FRACTIONS, key=jax.random.key(seed))
    return Tasks(train, validation, test)
