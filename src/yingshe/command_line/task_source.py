"""Task families, tables and learners that command-line arguments name."""

import dataclasses
import inspect
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import jax
import tyro
from jaxtyping import PRNGKeyArray

from yingshe import _format_0_1
from yingshe.command_line.command import replace_renamed, warn_renamed
from yingshe.command_line.options import build, options_of, parse, values
from yingshe.command_line.run_options import RENAMED as RENAMED_RUN
from yingshe.command_line.task_spec import RENAMED_ARGUMENTS, check_family_name
from yingshe.errors import UserError, did_you_mean
from yingshe.learners import LEARNERS, Learner
from yingshe.tasks import FAMILIES, Family, TaskSet
from yingshe.training import TrainConfig

T = TypeVar("T")

_TABLES = (".csv", ".tsv", ".parquet", ".gz")
_FRACTIONS = (0.7, 0.15, 0.15)  # meta-train, validation, meta-test


@dataclass(frozen=True)
class TableOptions:
    """Columns of a table with one row per pair and a column that names the row's task."""

    task: str
    """Column that names the task of a row."""
    outputs: Annotated[tuple[str, ...], tyro.conf.arg(metavar="COLUMN...")]
    """Columns to predict; one of text or categories makes it classification."""
    inputs: Annotated[tuple[str, ...], tyro.conf.arg(metavar="COLUMN...")] = ()
    """Columns of numbers to predict from."""
    text: str | None = None
    """Column of sentences to predict from."""
    encoder: str = "auto"
    """Text encoder; by default the best one that is installed."""
    problem_type: Literal["auto", "regression", "classification"] = "auto"
    """Type of the problem; by default the one that fits the outputs."""
    order: Literal["random", "sequential"] = "random"
    """Order of a task's pairs; "sequential" keeps the order of the rows, for time series and tasks
    that drift."""


class Tasks(NamedTuple):
    """Meta-train, validation and meta-test tasks. Those of a family are other draws of the same."""

    train: Family
    validation: Family | None
    test: Family


@dataclass(frozen=True)
class TaskSource:
    """Task family or table that an argument names."""

    name: str
    source: type[Family] | Path
    """Class of the family, or file of the table."""

    @property
    def description(self) -> str:
        """Description of the tasks, for --help."""
        if isinstance(self.source, Path):
            return f"The recorded tasks of {self.source}."
        return inspect.getdoc(self.source) or self.name

    def options(self, *, prefixed: Collection[str] = ()) -> type:
        """Make the dataclass of the options.

        Args:
            prefixed: Options that become --family.name.

        Returns:
            The dataclass.
        """
        if isinstance(self.source, Path):
            return TableOptions
        return options_of(self.source, prefix="family", prefixed=prefixed)

    def build(self, options: Any) -> Family:
        """Build the family, or read all recorded tasks of the table.

        Args:
            options: Parsed options.

        Returns:
            The family or the task set.

        Raises:
            UserError: An option is out of range, or a column of the table is missing or invalid.
        """
        if isinstance(self.source, Path):
            return TaskSet.from_table(self.source, **values(options))
        return build(self.source, options)


def resolve_task_source(name: str) -> TaskSource:
    """Resolve the name of a family or the path of a table.

    Args:
        name: Name or path.

    Returns:
        The source of tasks.

    Raises:
        UserError: There is neither; the message names the most similar family.
    """
    name = check_family_name(name)
    if name in FAMILIES:
        return TaskSource(name, FAMILIES[name])
    path = Path(name)
    if path.suffix in _TABLES or path.exists() or len(path.parts) > 1:
        if not path.is_file():
            raise UserError(f"There is no file {path}.")
        return TaskSource(path.name.partition(".")[0], path)
    raise UserError(
        f"'{name}' is neither a family of tasks nor a table (.csv, .tsv, .parquet)."
        + did_you_mean(name, FAMILIES)
    )


def parse_with_task_source(
    options: type[T], args: Sequence[str], *, prog: str, renamed: Mapping[str, str] | None = None
) -> tuple[T, Family | None]:
    """Parse options, with a family or a table and its options before them, if there is one.

    Args:
        options: Dataclass of the command's options.
        args: Command-line arguments.
        prog: Command for the usage line.
        renamed: Options of 0.1 -> present options.

    Returns:
        The options, and the family or the recorded tasks.

    Raises:
        UserError: An argument does not fit.
    """
    args = replace_renamed(args, renamed or {})
    if not args or args[0].startswith("-"):
        return parse(options, args, prog=prog), None
    source = resolve_task_source(args[0])
    clashing = names_of(source.options()) & names_of(options)
    combined = dataclasses.make_dataclass(
        "Both", [("family", source.options(prefixed=clashing)), ("command", options)]
    )
    rest = upgrade_options(args[1:], names_of(source.options()) | names_of(options))
    both = parse(
        combined,
        [prefixed(arg, clashing) for arg in rest],
        prog=f"{prog} {args[0]}",
        description=source.description,
    )
    return both.command, source.build(both.family)


def split_at_learner(args: Sequence[str]) -> tuple[list[str], str | None, list[str]]:
    """Split arguments at the name of a learner.

    A name right after an --option is that option's value.

    Args:
        args: Command-line arguments.

    Returns:
        Arguments before the name, the name or None, and the arguments after it.

    Raises:
        UserError: The first argument is neither an option nor a learner.
    """
    for i, arg in enumerate(args):
        if i and args[i - 1].startswith("--"):
            continue
        if arg in LEARNERS:
            return list(args[:i]), arg, list(args[i + 1 :])
        if arg in _format_0_1.LEARNERS:
            return list(args[:i]), check_learner_name(arg), list(args[i + 1 :])
    if args and not args[0].startswith("-"):
        raise UserError(f"There is no learner '{args[0]}'." + did_you_mean(args[0], LEARNERS))
    return list(args), None, []


def check_learner_name(name: str) -> str:
    """Return the present name of a learner, with a warning for one of 0.1.

    Args:
        name: Name, of this version or of 0.1.

    Returns:
        The present name.

    Raises:
        UserError: There is no such learner.
    """
    if name in _format_0_1.LEARNERS:
        warn_renamed(name, _format_0_1.LEARNERS[name])
        name = _format_0_1.LEARNERS[name]
    if name not in LEARNERS:
        raise UserError(f"There is no learner '{name}'." + did_you_mean(name, LEARNERS))
    return name


def build_learner(name: str, options: Any, family: Family, *, key: PRNGKeyArray) -> Learner:
    """Build a learner with the dimensions of a family.

    For classes its likelihood is "categorical". A matching network gets the feature groups of the
    text encoder.

    Args:
        name: Name in LEARNERS.
        options: Parsed options.
        family: Task family.
        key: PRNG key of the parameters.

    Returns:
        The learner.
    """
    if isinstance(family, TaskSet) and family.classes is not None:
        options = dataclasses.replace(options, likelihood="categorical")
        if name == "matching_network" and not options.views:
            options = dataclasses.replace(options, views=family.feature_groups)
    return build(LEARNERS[name], options, x_dim=family.x_dim, y_dim=family.y_dim, key=key)


def learner_options(name: str, *, prefixed: Collection[str] = ()) -> type:
    """Make the dataclass of a learner's options, without its dimensions.

    Args:
        name: Name in LEARNERS.
        prefixed: Options that become --learner.name.

    Returns:
        The dataclass.
    """
    without = ("x_dim", "y_dim", "key")
    return options_of(LEARNERS[name], without=without, prefix="learner", prefixed=prefixed)


def upgrade_options(
    args: Sequence[str], names: Collection[str], *, learner: str | None = None
) -> list[str]:
    """Replace options of 0.1 of families, learners and training, with a warning for each.

    Args:
        args: Command-line arguments.
        names: Names of all options of the command.
        learner: Name of the learner, if there is one.

    Returns:
        The arguments under their present names.
    """
    old_learner = next((o for o, n in _format_0_1.LEARNERS.items() if n == learner), learner)
    table = _format_0_1.TRAIN | RENAMED_ARGUMENTS | _format_0_1.TABLE
    if learner is not None:
        table |= _format_0_1.ARGUMENTS[""] | _format_0_1.ARGUMENTS.get(old_learner or "", {})
    renamed = {
        f"--{prefix}{_to_flag(old)}": f"--{prefix}{_to_flag(new)}"
        for old, new in table.items()
        for prefix in ("", "no-", "family.", "learner.")
        if new in names and old not in names
    }
    new_values = {f"--{_to_flag(table.get(o, o))}": v for o, v in _format_0_1.VALUES.items()}
    new_values["--order"] = {"shuffled": "random", "recorded": "sequential"}
    return replace_renamed(args, RENAMED_RUN | renamed, new_values)


def _to_flag(name: str) -> str:
    return name.replace("_", "-")


def cap_examples(config: TrainConfig, family: Family) -> TrainConfig:
    """Limit the pairs per task to those of the longest recorded task; more would be padding.

    Args:
        config: Settings of the training.
        family: Task family or task set.

    Returns:
        The settings to train with.
    """
    if not isinstance(family, TaskSet):
        return config
    return dataclasses.replace(
        config, examples_per_task=min(config.examples_per_task, family.max_task_size)
    )


def join_names(names: Collection[str], *, indent: int) -> str:
    """Join names with commas, in lines of at most 100 columns.

    Args:
        names: Names to join.
        indent: Number of columns before the first name and on every further line.

    Returns:
        The text.
    """
    text = textwrap.fill(", ".join(names), 99 - indent, break_on_hyphens=False)
    return text.replace("\n", "\n" + indent * " ")


def names_of(options: type) -> set[str]:
    """Return the field names of an options dataclass.

    Args:
        options: Dataclass of options.

    Returns:
        Names of its fields.
    """
    return {field.name for field in dataclasses.fields(options)}


def prefixed(arg: str, clashing: Collection[str]) -> str:
    """Return --name as --family.name, if other options have the same name.

    Args:
        arg: Command-line argument.
        clashing: Names that several groups of options have.

    Returns:
        The argument, with the prefix where it needs one.
    """
    name = arg.removeprefix("--").partition("=")[0].replace("-", "_")
    if arg.startswith("--") and name in clashing:
        return "--family." + arg.removeprefix("--")
    return arg


def split_tasks(family: Family, *, seed: int) -> Tasks:
    """Split recorded tasks by task; those of a family are other draws.

    Args:
        family: Task family or task set.
        seed: Seed of the split.

    Returns:
        Meta-train, validation and meta-test tasks.
    """
    if not isinstance(family, TaskSet):
        return Tasks(family, None, family)
    train, validation, test = family.split(_FRACTIONS, key=jax.random.key(seed))
    return Tasks(train, validation, test)
