"""Task family as one command-line argument: `gp`, or `gp:kernel=matern52,noise_std=0.1`."""

import ast
import dataclasses
from typing import Any

from yingshe._format_0_1 import FAMILIES as RENAMED_FAMILIES
from yingshe.command_line.command import warn_renamed
from yingshe.errors import UserError, did_you_mean
from yingshe.tasks import FAMILIES, Family
from yingshe.training.run_config import build_family

RENAMED_ARGUMENTS = {"noise": "noise_std", "how": "kind", "correlation": "autocorrelation"}
"""Arguments of families in 0.1 -> present arguments, for the families that have them."""


def check_family_name(name: str) -> str:
    """Return the present name of a family, with a warning for one of 0.1.

    Args:
        name: Name, of this version or of 0.1.

    Returns:
        The present name; an unknown name is returned unchanged.
    """
    if name in RENAMED_FAMILIES:
        warn_renamed(name, RENAMED_FAMILIES[name])
        return RENAMED_FAMILIES[name]
    return name


def parse_task_spec(spec: str) -> Family:
    """Build the family that an argument names, with the options after the colon.

    Args:
        spec: NAME or NAME:OPTION=VALUE,...

    Returns:
        The family.

    Raises:
        UserError: The family or an option does not exist.
    """
    name, _, listed = spec.partition(":")
    name = check_family_name(name)
    if name not in FAMILIES:
        raise UserError(f"There is no family '{name}'." + did_you_mean(name, FAMILIES))
    known = {field.name for field in dataclasses.fields(FAMILIES[name]) if field.init}
    options = {}
    for option in listed.split(",") if listed else ():
        key, equals, value = option.partition("=")
        key = key.strip().replace("-", "_")
        if key not in known and RENAMED_ARGUMENTS.get(key) in known:
            warn_renamed(key, RENAMED_ARGUMENTS[key])
            key = RENAMED_ARGUMENTS[key]
        if key not in known or not equals:
            raise UserError(
                f"'{option}' in '{spec}' is no OPTION=VALUE of {name}." + did_you_mean(key, known)
            )
        options[key] = _parse_literal(value.strip())
    return build_family({"name": name, "options": options})


def format_task_spec(family: Family) -> str:
    """Format a family as `parse_task_spec` takes it; options with their defaults are left out.

    Args:
        family: Family of `FAMILIES`.

    Returns:
        NAME or NAME:OPTION=VALUE,...
    """
    name = next(name for name, cls in FAMILIES.items() if cls is type(family))
    changed = [
        f"{field.name}={getattr(family, field.name)}"
        for field in dataclasses.fields(family)
        if field.init and getattr(family, field.name) != field.default
    ]
    return name + (":" + ",".join(changed) if changed else "")


def _parse_literal(value: str) -> Any:
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
