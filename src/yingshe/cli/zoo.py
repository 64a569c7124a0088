"""`yingshe zoo`: list the trained models that are shipped, or show the card of one."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from yingshe import zoo
from yingshe.command_line.command import HELP
from yingshe.errors import UserError

USAGE = """usage: yingshe zoo [MODEL]

List the trained models that are shipped, or show the card of one.

Prints one line per model; with MODEL its tasks, its learner, the command that trained it, and its
figures.

MODEL    name from the list

examples:
  yingshe zoo
  yingshe zoo sinusoid
  yingshe evaluate sinusoid
"""

_HIDDEN = {"name", "description", "versions"}  # parts of a card not listed in its table
_MAX_VALUE = 300  # characters


def run(args: Sequence[str]) -> None:
    """List the models, or print a model card.

    Args:
        args: Command-line arguments after `yingshe zoo`.

    Raises:
        UserError: There is no such model.
    """
    if args and args[0] in HELP:
        print(USAGE, end="")
        return
    if len(args) > 1:
        raise UserError(f"'{args[1]}' is one argument too many: yingshe zoo [MODEL].")
    if args:
        card = zoo.model_card(args[0])
        Console().print(
            f"[bold]{card['name']}[/bold]: {escape(card['description'])}\n", highlight=False
        )
        Console().print(_card_table(card))
        return
    for name in zoo.list_models():
        print(f"{name:24}{zoo.model_card(name)['description']}")


def _card_table(card: dict[str, Any]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, value in _flatten(card):
        text = str(value)
        if len(text) > _MAX_VALUE and name != "command":
            text = text[:_MAX_VALUE] + " …"
        table.add_row(f"[bold]{escape(name)}", escape(text))
    return table


def _flatten(card: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows = []
    for name, value in card.items():
        if not prefix and name in _HIDDEN:
            continue
        if isinstance(value, dict):
            rows += _flatten(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, value))
    return rows
