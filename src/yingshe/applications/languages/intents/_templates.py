"""Templates such as `[please] (turn|switch) on {name} [in <area>]`, and sampling from them.

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
class Sequence:
    """Parts in the given order."""

    parts: tuple["Part", ...]


@dataclass(frozen=True)
class Alternative:
    """One part of several."""

    choices: tuple["Part", ...]


@dataclass(frozen=True)
class Permutation:
    """All parts in any order."""

    parts: tuple["Part", ...]


@dataclass(frozen=True)
class Slot:
    """A word or a number of a list."""

    list_name: str


@dataclass(frozen=True)
class Rule:
    """Another template by its name."""

    name: str


Part = Sequence | Alternative | Permutation | Slot | Rule | str


@functools.lru_cache(maxsize=65536)
def parse(template: str) -> Part:
    """Parse a template.

    Args:
        template: Text of the template.

    Returns:
        Its syntax tree.

    Raises:
        UserError: A bracket is not closed, or closes nothing.
    """
    tokens = _TOKEN.findall(template)
    part, rest = _group(tokens, 0, "", template)
    if rest != len(tokens):
        raise UserError(f"The template '{template}' closes a bracket that was not opened.")
    return part


def _group(tokens: list[str], at: int, closing: str, template: str) -> tuple[Part, int]:
    """Return the part up to the closing bracket, and the position after it."""
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
            branches[-1].append(inner if token == "(" else Alternative((inner, "")))
        elif token[0] == "{":
            branches[-1].append(Slot(token[1:-1].partition(":")[0].strip()))
        elif token[0] == "<":
            branches[-1].append(Rule(token[1:-1].strip()))
        else:
            branches[-1].append(token)
    parts = tuple(Sequence(tuple(branch)) for branch in branches)
    if len(parts) == 1:
        return parts[0], at
    return (Alternative(parts) if separator == "|" else Permutation(parts)), at


class Grammar:
    """Rules and lists of one language.

    Args:
        rules: Templates of the rules by name.
        lists: Lists by name, each with "values" or a "range".
    """

    def __init__(self, rules: Mapping[str, str], lists: Mapping[str, Mapping[str, Any]]):
        self.rules, self.lists = rules, lists

    def sample(self, template: str, generator: np.random.Generator) -> str:
        """Sample a sentence of a template: alternatives, optional parts and words at random.

        A list that the language does not name, or that may be anything (`{name}`, `{area}`), is
        filled with a made-up name.

        Args:
            template: Text of the template.
            generator: Source of randomness.

        Returns:
            The sentence.

        Raises:
            UserError: The template is malformed, or names a rule that does not exist.
        """
        return " ".join(self._sample(parse(template), generator).split())

    def _sample(self, part: Part, generator: np.random.Generator) -> str:
        match part:
            case str():
                return part
            case Sequence(parts):
                return "".join(self._sample(inner, generator) for inner in parts)
            case Alternative(choices):
                return self._sample(choices[generator.integers(len(choices))], generator)
            case Permutation(parts):
                order = generator.permutation(len(parts))
                return " ".join(self._sample(parts[i], generator) for i in order)
            case Rule(name):
                if name not in self.rules:
                    raise UserError(f"There is no rule <{name}> in this language.")
                return self._sample(parse(self.rules[name]), generator)
            case Slot(name):
                return self._fill(self.lists.get(name, {}), generator)

    def _fill(self, entries: Mapping[str, Any], generator: np.random.Generator) -> str:
        if "range" in entries:
            bounds = entries["range"]
            numbers = np.arange(bounds["from"], bounds["to"] + 1, bounds.get("step", 1))
            return str(generator.choice(numbers))
        if values := entries.get("values"):
            value = values[generator.integers(len(values))]
            words = value if isinstance(value, str) else str(value["in"])
            return self._sample(parse(words), generator)
        return made_up_name(generator)


def made_up_name(generator: np.random.Generator) -> str:
    """Return a meaningless name of two or three syllables.

    Args:
        generator: Source of randomness.

    Returns:
        The name, capitalized.
    """
    syllables = generator.choice(_SYLLABLES, generator.integers(2, 4))
    return "".join(syllables.tolist()).capitalize()
