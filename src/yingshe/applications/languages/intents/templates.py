"""Templates of sentences: `[please] (turn|switch) on {name} [in <area>]`, and what they expand to.

The grammar is that of the package `hassil`, by the Home Assistant project: alternatives
`(a|b)`, parts in any order `(a;b)`, optional parts `[a]`, lists of words or numbers `{list:slot}`,
and rules `<rule>`, which stand for templates themselves.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from yingshe.errors import UserError

_SYLLABLES = ("ba", "do", "ke", "li", "ma", "no", "pi", "ra", "sa", "ti", "vo", "ze")
_TOKEN = re.compile(r"[()\[\]|;]|\{[^}]*\}|<[^>]*>|[^()\[\]|;{}<>]+")
_CLOSING = {"(": ")", "[": "]"}


@dataclass(frozen=True)
class InOrder:
    """Parts one after another."""

    parts: tuple["Part", ...]


@dataclass(frozen=True)
class OneOf:
    """One of several."""

    choices: tuple["Part", ...]


@dataclass(frozen=True)
class AnyOrder:
    """All parts, in any order."""

    parts: tuple["Part", ...]


@dataclass(frozen=True)
class Slot:
    """A word or number out of a list."""

    list_name: str


@dataclass(frozen=True)
class Rule:
    """Another template, by its name."""

    name: str


Part = InOrder | OneOf | AnyOrder | Slot | Rule | str


@functools.lru_cache(maxsize=65536)
def parse(template: str) -> Part:
    """The parts of a template. Raises UserError where a bracket is open or closes nothing."""
    tokens = _TOKEN.findall(template)
    part, rest = _group(tokens, 0, "", template)
    if rest != len(tokens):
        raise UserError(f"The template '{template}' closes a bracket that was not opened.")
    return part


def _group(tokens: list[str], at: int, closing: str, template: str) -> tuple[Part, int]:
    """What stands up to the closing bracket, and where it ends."""
    branches: list[list[Part]] = [[]]
    separator = "|"
    while at < len(tokens) and tokens[at] not in (")", "]"):
        token = tokens[at]
        at += 1
        if token in ("|", ";"):
            separator = token
            branches.append([])
        elif token in _CLOSING:
            inner, at = _group(tokens, at, _CLOSING[token], template)
            if at >= len(tokens) or tokens[at] != _CLOSING[token]:
                raise UserError(f"The template '{template}' opens a bracket that is not closed.")
            at += 1
            branches[-1].append(inner if token == "(" else OneOf((inner, "")))
        elif token[0] == "{":
            branches[-1].append(Slot(token[1:-1].partition(":")[0].strip()))
        elif token[0] == "<":
            branches[-1].append(Rule(token[1:-1].strip()))
        else:
            branches[-1].append(token)
    parts = tuple(InOrder(tuple(branch)) for branch in branches)
    if len(parts) == 1:
        return parts[0], at
    return (OneOf(parts) if separator == "|" else AnyOrder(parts)), at


class Grammar:
    """Rules and lists of one language, and sentences drawn from templates over them."""

    def __init__(self, rules: Mapping[str, str], lists: Mapping[str, Mapping[str, Any]]):
        self.rules, self.lists = rules, lists

    def draw(self, template: str, generator: np.random.Generator) -> str:
        """A sentence of the template: alternatives, optional parts and words by chance.

        A list that the language does not name, or that may be anything (`{name}`, `{area}`), is
        filled with a made-up name. Raises UserError for a rule that there is not.
        """
        return " ".join(self._draw(parse(template), generator).split())

    def _draw(self, part: Part, generator: np.random.Generator) -> str:
        match part:
            case str():
                return part
            case InOrder(parts):
                return "".join(self._draw(one, generator) for one in parts)
            case OneOf(choices):
                return self._draw(choices[generator.integers(len(choices))], generator)
            case AnyOrder(parts):
                order = generator.permutation(len(parts))
                return " ".join(self._draw(parts[i], generator) for i in order)
            case Rule(name):
                if name not in self.rules:
                    raise UserError(f"There is no rule <{name}> in this language.")
                return self._draw(parse(self.rules[name]), generator)
            case Slot(name):
                return self._fill(self.lists.get(name, {}), generator)

    def _fill(self, known: Mapping[str, Any], generator: np.random.Generator) -> str:
        if "range" in known:
            numbers = known["range"]
            return str(generator.choice(_steps(numbers["from"], numbers["to"], numbers)))
        if values := known.get("values"):
            value = values[generator.integers(len(values))]
            words = value if isinstance(value, str) else str(value["in"])
            return self._draw(parse(words), generator)
        return made_up_name(generator)


def _steps(first: int, last: int, numbers: Mapping[str, Any]) -> np.ndarray:
    return np.arange(first, last + 1, numbers.get("step", 1))


def made_up_name(generator: np.random.Generator) -> str:
    """A name that means nothing in any language, of two or three syllables."""
    chosen = generator.choice(_SYLLABLES, generator.integers(2, 4))
    return "".join(chosen.tolist()).capitalize()
