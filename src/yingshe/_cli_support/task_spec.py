"""A family in one word of the command line: `gp`, or `gp:kernel=matern52,noise_std=0.1`."""

import ast
import dataclasses
from typing import Any

from yingshe.errors import UserError, did_you_mean
from yingshe.tasks import FAMILIES, Family
from yingshe.training.run_config import build_family


def parse_task_spec(word: str) -> Family:
    """The family that a word names, with the options that follow the colon.

    Raises UserError for a family or an option that does not exist.
    """
    name, _, listed = word.partition(":")
    if name not in FAMILIES:
        raise UserError(f"There is no family '{name}'." + did_you_mean(name, FAMILIES))
    known = {field.name for field in dataclasses.fields(FAMILIES[name]) if field.init}
    options = {}
    for option in listed.split(",") if listed else ():
        key, equals, value = option.partition("=")
        key = key.strip().replace("-", "_")
        if key not in known or not equals:
            raise UserError(
                f"'{option}' in '{word}' is no option=value of {name}." + did_you_mean(key, known)
            )
        options[key] = _literal(value.strip())
    return build_family({"name": name, "options": options})


def format_task_spec(family: Family) -> str:
    """The inverse: the name, and the options that are not the defaults."""
    name = next(name for name, cls in FAMILIES.items() if cls is type(family))
    changed = [
        f"{field.name}={getattr(family, field.name)}"
        for field in dataclasses.fields(family)
        if field.init and getattr(family, field.name) != field.default
    ]
    return name + (":" + ",".join(changed) if changed else "")


def _literal(value: str) -> Any:
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
