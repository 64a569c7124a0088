"""Command of an application: its actions, their options, and the usage made from both."""

import dataclasses
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from yingshe.command_line.packages import require_packages
from yingshe.errors import UserError, did_you_mean

HELP = ("-h", "--help")


@dataclasses.dataclass(frozen=True)
class Action:
    """Verb of a command: `yingshe COMMAND VERB METAVAR [options]`."""

    run: Callable[[Sequence[str], Any], None]
    """Function of the positional arguments and the parsed options."""
    options: type | None
    """Dataclass of the options; the docs of its fields are the help text. None for an action that
    parses its arguments itself, because its options depend on them."""
    summary: str
    """Description in half a line, for the usage."""
    metavar: str = ""
    """Placeholders of the positional arguments; "" if there are none."""
    packages: tuple[str, ...] = ()
    """Packages that only this action needs."""
    many: bool = False
    """True if several positional arguments are accepted."""
    renamed: dict[str, str] = dataclasses.field(default_factory=dict)
    """Options of 0.1 that still work, with a warning: "--every" -> "--stride"."""
    renamed_values: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    """Values of 0.1 that still work, by present option: "--policy" -> {"chance": "random"}."""
    renamed_positional: str = ""
    """Present option of an argument that was positional before, such as "--run-dir"."""


@dataclasses.dataclass(frozen=True)
class Command:
    """Command with one action per verb; `actions` gives its parser and its documentation."""

    name: str
    """Name after `yingshe`."""
    description: str
    """Purpose of the command in plain sentences; printed by --help."""
    actions: dict[str, Action]
    """Verb -> action."""
    examples: tuple[str, ...]
    """Examples for the usage, without `yingshe NAME`."""
    extra: str
    """Extra of the distribution that installs the packages."""
    packages: tuple[str, ...] = ()
    """Packages that every action needs."""
    renamed: dict[str, str] = dataclasses.field(default_factory=dict)
    """Actions of 0.1 that still work, with a warning: "teach" -> "adapt"."""

    @property
    def usage(self) -> str:
        """Text that --help prints."""
        width = max(len(f"{verb} {a.metavar}") for verb, a in self.actions.items())
        lines = [f"usage: yingshe {self.name} ACTION ...", "", self.description, "", "actions:"]
        for verb, action in self.actions.items():
            lines.append(f"  {f'{verb} {action.metavar}':{width}}  {action.summary}")
        lines += ["", "examples:", *(f"  yingshe {self.name} {line}" for line in self.examples)]
        lines += ["", f"`yingshe {self.name} ACTION --help` lists the options of an action.", ""]
        return "\n".join(lines)

    def __call__(self, args: Sequence[str]) -> None:
        """Run the action that the arguments name, or print the usage.

        Args:
            args: Command-line arguments after the command's name.

        Raises:
            UserError: The action is unknown, a package is missing, a positional argument is missing
                or superfluous, or an option does not fit.
        """
        if not args or args[0] in HELP:
            print(self.usage, end="")
            return
        verb, *rest = args
        if verb in self.renamed:
            new = self.renamed[verb]
            warn_renamed(f"{self.name} {verb}", f"{self.name} {new}")
            verb = new
        if verb not in self.actions:
            raise UserError(f"There is no '{self.name} {verb}'." + did_you_mean(verb, self.actions))
        action = self.actions[verb]
        if action.options is None:
            require_packages(*self.packages, *action.packages, extra=self.extra)
            action.run(rest, None)
            return
        positionals, options = split_positionals(rest)
        if action.renamed_positional and not action.metavar and len(positionals) == 1:
            warn_renamed(f"{verb} {positionals[0]}", f"{verb} {action.renamed_positional} …")
            positionals, options = [], [action.renamed_positional, *positionals, *options]
        prog = f"yingshe {self.name} {verb}" + f" {action.metavar}" * bool(action.metavar)
        if not any(arg in HELP for arg in options):
            self._check_positionals(verb, action, positionals)
            require_packages(*self.packages, *action.packages, extra=self.extra)
        from yingshe.command_line.options import parse  # tyro takes longer to import than the rest

        options = replace_renamed(options, action.renamed, action.renamed_values)
        action.run(positionals, parse(action.options, options, prog=prog))

    def _check_positionals(self, verb: str, action: Action, given: Sequence[str]) -> None:
        usage = f"yingshe {self.name} {verb} {action.metavar}".rstrip()
        if action.metavar and not given:
            raise UserError(f"{action.metavar.split()[0]} is missing: {usage}.")
        if given and not action.metavar:
            raise UserError(f"'{given[0]}' is one argument too many: {usage} [options].")
        if len(given) > 1 and not action.many:
            raise UserError(
                f"{len(given)} arguments are given ({', '.join(given)}), 1 is expected: {usage}."
            )


def split_positionals(args: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split arguments at the first option.

    Args:
        args: Command-line arguments.

    Returns:
        Positional arguments before the first option, and everything from it on.
    """
    first = next((i for i, arg in enumerate(args) if arg.startswith("-")), len(args))
    return list(args[:first]), list(args[first:])


def replace_renamed(
    args: Sequence[str],
    renamed: Mapping[str, str],
    values: Mapping[str, Mapping[str, str]] | None = None,
) -> list[str]:
    """Replace options and values of 0.1 by their present names, with a warning for each.

    Args:
        args: Command-line arguments.
        renamed: Option of 0.1 -> present option, such as "--every" -> "--stride".
        values: Present option -> value of 0.1 -> present value.

    Returns:
        The arguments under their present names.
    """
    values = values or {}
    replaced, option = [], ""
    for arg in args:
        if arg.startswith("--"):
            option, equals, value = arg.partition("=")
            # tyro takes dashes and underscores alike.
            option = option.replace("_", "-")
            if option in renamed:
                warn_renamed(option, renamed[option])
                option = renamed[option]
                arg = option + equals + value
            if equals and value in values.get(option, {}):
                warn_renamed(f"{option} {value}", f"{option} {values[option][value]}")
                arg = f"{option}={values[option][value]}"
        elif arg in values.get(option, {}):
            warn_renamed(f"{option} {arg}", f"{option} {values[option][arg]}")
            arg = values[option][arg]
        replaced.append(arg)
    return replaced


def warn_renamed(old: str, new: str) -> None:
    """Warn that a name of 0.1 was used on the command line.

    Args:
        old: Name of 0.1.
        new: Present name.
    """
    warnings.warn(f"yingshe: '{old}' is now '{new}'.", DeprecationWarning, stacklevel=3)
