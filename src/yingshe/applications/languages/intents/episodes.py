"""Teaching intents in one language after another, as a family of tasks."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.languages.intents.examples import WAYS, Examples, examples
from yingshe.errors import UserError
from yingshe.pairs import Pairs
from yingshe.tasks import Family

_OUTSIDE = 2  # sentences of no intent in a round of one sentence of each intent
ROUND = WAYS + _OUTSIDE
"""Pairs of a round."""


class IntentEpisodes(Family):
    """A task is a language and ten of its intents; a pair a sentence and its intent, or none.

    In each round stand ten sentences of these intents, and two of others, which are of none (the
    last class). Half of the tasks are even: each round has one sentence of every intent, of another
    template each time. In the others some intents come more often, and templates again. Half of the
    tasks end after two to four rounds, so that what few sentences teach has its weight.
    """

    x: Float[Array, "sentences x_dim"]
    table: Int[Array, "languages intents templates variants"]
    """Rows of x."""
    variants: Int[Array, "languages intents templates"]
    templates: Int[Array, "languages intents"]
    languages: tuple[str, ...] = eqx.field(static=True)
    encoder: str = eqx.field(static=True)
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)

    def __init__(
        self,
        languages: Sequence[str],
        encoder: str = "sentences",
        *,
        without: Collection[str] = (),
        also: Mapping[str, Sequence[Float[np.ndarray, "sentences extra"]]] | None = None,
        seed: int = 0,
        cache: Path | None = None,
    ):
        """Of all languages with ten intents to tell apart, `without` those intents.

        `also` has more columns of x for every language: one that has them in several versions
        counts as several. `cache` is a folder to keep what the encoder made of the sentences.
        Raises UserError where no language has as many intents.
        """
        kept = []
        for name in languages:
            one = examples(name, encoder, seed=seed, cache=cache)
            versions = [
                np.concatenate([one.x, more], axis=1) for more in (also or {}).get(name, ())
            ]
            kept += [(name, _rows(one, without), x) for x in versions or [one.x]]
        kept = [one for one in kept if len(one[1]) >= WAYS]
        if not kept:
            raise UserError(f"None of the languages {tuple(languages)} has {WAYS} intents.")
        intents = max(len(rows) for _, rows, _ in kept)
        most = max(len(templates) for _, rows, _ in kept for templates in rows)
        longest = max(len(t) for _, rows, _ in kept for templates in rows for t in templates)
        table = np.zeros((len(kept), intents, most, longest), np.int32)
        variants = np.zeros(table.shape[:3], np.int32)
        start = 0
        for language, (_, rows, x) in enumerate(kept):
            for i, templates in enumerate(rows):
                for t, sentences in enumerate(templates):
                    table[language, i, t, : len(sentences)] = start + sentences
                    variants[language, i, t] = len(sentences)
            start += len(x)
        self.x = jnp.asarray(np.concatenate([x for _, _, x in kept]), jnp.float16)
        self.table, self.variants = jnp.asarray(table), jnp.asarray(variants)
        self.templates = jnp.sum(self.variants > 0, axis=2)
        self.languages, self.encoder = tuple(name for name, _, _ in kept), encoder
        self.x_dim, self.y_dim = self.x.shape[1], WAYS + 1

    @property
    def oracle(self):
        return None

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        """A task with n pairs, in rounds of 12; an intent of few templates leaves out the last."""
        language_key, intent_key, inside_key, outside_key, mix_key = jax.random.split(key, 5)
        rounds = -(-n // ROUND)
        language = jax.random.randint(language_key, (), 0, len(self.languages))
        templates = self.templates[language]
        lots = jax.random.uniform(intent_key, templates.shape)
        order = jnp.argsort(jnp.where(templates > 0, lots, 2.0))
        inside, intent, inside_real = self._inside(inside_key, language, order[:WAYS], rounds)
        others = jnp.sum(templates > 0) - WAYS
        outside = self._outside(outside_key, language, order, jnp.maximum(others, 1), rounds)
        rows = jnp.concatenate([inside, outside], axis=1)
        intent = jnp.concatenate([intent, jnp.full(outside.shape, WAYS)], axis=1)
        real = jnp.concatenate([inside_real, jnp.broadcast_to(others > 0, outside.shape)], axis=1)
        end_key, short_key = jax.random.split(jax.random.fold_in(mix_key, 1))
        short = jax.random.bernoulli(short_key)
        end = jnp.where(short, jax.random.randint(end_key, (), 2, 5), rounds)
        real = real & (jnp.arange(rounds) < end)[:, None]
        mixed = jnp.argsort(jax.random.uniform(mix_key, rows.shape), axis=1)
        rows, intent, real = (
            jnp.take_along_axis(each, mixed, axis=1).reshape(-1)[:n]
            for each in (rows, intent, real)
        )
        x = self.x[rows].astype(jnp.float32)
        return Pairs(x, jax.nn.one_hot(intent, self.y_dim), real)

    def _inside(self, key, language, chosen, rounds: int):
        """Rows, intents (0 to 9) and which of them are real, each (rounds, WAYS)."""
        lot_key, even_key, class_key, few_key, fresh_key, rank_key, variant_key = jax.random.split(
            key, 7
        )
        known = self.variants[language, chosen]  # (WAYS, templates)
        lots = jnp.where(known > 0, jax.random.uniform(lot_key, known.shape), 2.0)
        order, number = jnp.argsort(lots, axis=1), self.templates[language, chosen]
        shape = (rounds, WAYS)
        round_ = jnp.broadcast_to(jnp.arange(rounds)[:, None], shape)
        # Uneven: after the first round some intents come often, most sentences of few templates.
        odds = 0.8 * jax.random.normal(class_key, (WAYS,))
        often = jax.random.categorical(jax.random.fold_in(class_key, 1), odds, shape=shape)
        each = jnp.broadcast_to(jnp.arange(WAYS), shape)
        even = jax.random.bernoulli(even_key)
        intent = jnp.where(even | (round_ == 0), each, often)
        few = 1 + jnp.floor(jax.random.uniform(few_key, (WAYS,)) * number)
        fresh = jax.random.bernoulli(fresh_key, 0.4, shape)
        among = jnp.minimum(jnp.where(fresh, number[intent], few[intent]), number[intent])
        rank = jnp.floor(jax.random.uniform(rank_key, shape) * among).astype(int)
        rank = jnp.where(even, jnp.minimum(round_, order.shape[1] - 1), rank)
        template = order[intent, rank]
        variant = jax.random.randint(variant_key, shape, 0, jnp.maximum(known[intent, template], 1))
        rows = self.table[language, chosen[intent], template, variant]
        return rows, intent, jnp.where(even, round_ < number[intent], True)

    def _outside(self, key, language, order, others, rounds: int):
        """Rows (rounds, 2) of intents that were not chosen."""
        intent_key, template_key, variant_key = jax.random.split(key, 3)
        shape = (rounds, _OUTSIDE)
        intent = order[WAYS + jax.random.randint(intent_key, shape, 0, others)]
        number = jnp.maximum(self.templates[language, intent], 1)
        template = jax.random.randint(template_key, shape, 0, number)
        number = jnp.maximum(self.variants[language, intent, template], 1)
        variant = jax.random.randint(variant_key, shape, 0, number)
        return self.table[language, intent, template, variant]


def _rows(one: Examples, without: Collection[str]) -> list[list[np.ndarray]]:
    """The sentences of each intent that is kept, by template."""
    names = one.corpus.intents
    return [list(own.values()) for i, own in one.rows.items() if names[i] not in without]
