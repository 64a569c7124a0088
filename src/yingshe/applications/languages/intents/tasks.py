"""Few-shot intent classification as a task distribution: languages and choices of intents vary."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.languages.intents.data import WAYS, Examples, load_examples
from yingshe.errors import UserError
from yingshe.pairs import Pairs
from yingshe.tasks import Family

_OUT_OF_SCOPE = 2  # out-of-scope sentences of a round with one sentence of each intent
ROUND = WAYS + _OUT_OF_SCOPE
"""Number of pairs of a round."""


class IntentEpisodes(Family):
    """Distribution of tasks: a language and ten of its intents; a pair is a sentence and a label.

    Each round has ten sentences of these intents, and two of other intents, which are out of scope
    (the last class). Half of the tasks are balanced: each round has one sentence of every intent,
    from a new template each time. In the others some intents are more frequent, and templates
    repeat. Half of the tasks end after two to four rounds, so that the loss weighs small supports.

    Args:
        languages: Codes of the languages; those with fewer than ten intents are left out.
        encoder: Name of the text encoder.
        exclude: Intents that are left out.
        extra_features: More columns of x by language, (sentences, extra) each. A language with
            several versions of them counts as several languages.
        seed: Seed of the corpora.
        cache: Folder that stores vectors for other runs; None stores none.

    Raises:
        UserError: No language has ten intents, or a language or the encoder does not exist.
    """

    x: Float[Array, "sentences x_dim"]
    table: Int[Array, "languages intents templates variants"]
    """Rows of x."""
    variants: Int[Array, "languages intents templates"]
    """Number of sentences of a template."""
    templates: Int[Array, "languages intents"]
    """Number of templates of an intent."""
    languages: tuple[str, ...] = eqx.field(static=True)
    encoder: str = eqx.field(static=True)
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)

    def __init__(
        self,
        languages: Sequence[str],
        encoder: str = "sentence-embedding",
        *,
        exclude: Collection[str] = (),
        extra_features: Mapping[str, Sequence[Float[np.ndarray, "sentences extra"]]] | None = None,
        seed: int = 0,
        cache: Path | None = None,
    ):
        entries = []
        for name in languages:
            examples = load_examples(name, encoder, seed=seed, cache=cache)
            versions = [
                np.concatenate([examples.x, extra], axis=1)
                for extra in (extra_features or {}).get(name, ())
            ]
            entries += [
                (name, _select_rows(examples, exclude), x) for x in versions or [examples.x]
            ]
        entries = [entry for entry in entries if len(entry[1]) >= WAYS]
        if not entries:
            raise UserError(f"None of the languages {tuple(languages)} has {WAYS} intents.")
        intents = max(len(rows) for _, rows, _ in entries)
        templates = max(len(templates) for _, rows, _ in entries for templates in rows)
        longest = max(len(t) for _, rows, _ in entries for templates in rows for t in templates)
        table = np.zeros((len(entries), intents, templates, longest), np.int32)
        variants = np.zeros(table.shape[:3], np.int32)
        start = 0
        for language, (_, rows, x) in enumerate(entries):
            for i, by_template in enumerate(rows):
                for t, sentences in enumerate(by_template):
                    table[language, i, t, : len(sentences)] = start + sentences
                    variants[language, i, t] = len(sentences)
            start += len(x)
        self.x = jnp.asarray(np.concatenate([x for _, _, x in entries]), jnp.float16)
        self.table, self.variants = jnp.asarray(table), jnp.asarray(variants)
        self.templates = jnp.sum(self.variants > 0, axis=2)
        self.languages, self.encoder = tuple(name for name, _, _ in entries), encoder
        self.x_dim, self.y_dim = self.x.shape[1], WAYS + 1

    @property
    def oracle(self):
        return None

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        """Sample a task in rounds of 12 pairs.

        Args:
            key: PRNG key of the task.
            n: Number of pairs.

        Returns:
            n pairs; those that the task lacks, such as a round beyond an intent's templates, are
            masked out.
        """
        language_key, intent_key, inside_key, outside_key, order_key = jax.random.split(key, 5)
        rounds = -(-n // ROUND)
        language = jax.random.randint(language_key, (), 0, len(self.languages))
        templates = self.templates[language]
        ranks = jax.random.uniform(intent_key, templates.shape)
        intents = jnp.argsort(jnp.where(templates > 0, ranks, 2.0))
        inside, labels, inside_mask = self._sample_inside(
            inside_key, language, intents[:WAYS], rounds
        )
        num_others = jnp.sum(templates > 0) - WAYS
        outside = self._sample_outside(
            outside_key, language, intents, jnp.maximum(num_others, 1), rounds
        )
        rows = jnp.concatenate([inside, outside], axis=1)
        labels = jnp.concatenate([labels, jnp.full(outside.shape, WAYS)], axis=1)
        outside_mask = jnp.broadcast_to(num_others > 0, outside.shape)
        mask = jnp.concatenate([inside_mask, outside_mask], axis=1)
        end_key, short_key = jax.random.split(jax.random.fold_in(order_key, 1))
        short = jax.random.bernoulli(short_key)
        end = jnp.where(short, jax.random.randint(end_key, (), 2, 5), rounds)
        mask = mask & (jnp.arange(rounds) < end)[:, None]
        order = jnp.argsort(jax.random.uniform(order_key, rows.shape), axis=1)
        rows, labels, mask = (
            jnp.take_along_axis(values, order, axis=1).reshape(-1)[:n]
            for values in (rows, labels, mask)
        )
        x = self.x[rows].astype(jnp.float32)
        return Pairs(x, jax.nn.one_hot(labels, self.y_dim), mask)

    def _sample_inside(self, key, language, intents, rounds: int):
        """Return rows, labels (0 to 9) and the mask of in-scope pairs, each (rounds, WAYS)."""
        rank_key, balance_key, class_key, few_key, fresh_key, template_key, variant_key = (
            jax.random.split(key, 7)
        )
        variants = self.variants[language, intents]  # (WAYS, templates)
        ranks = jnp.where(variants > 0, jax.random.uniform(rank_key, variants.shape), 2.0)
        order, num_templates = jnp.argsort(ranks, axis=1), self.templates[language, intents]
        shape = (rounds, WAYS)
        round_ = jnp.broadcast_to(jnp.arange(rounds)[:, None], shape)
        # Not balanced: after the first round, intents differ in frequency and templates repeat.
        logits = 0.8 * jax.random.normal(class_key, (WAYS,))
        random_labels = jax.random.categorical(
            jax.random.fold_in(class_key, 1), logits, shape=shape
        )
        all_labels = jnp.broadcast_to(jnp.arange(WAYS), shape)
        balanced = jax.random.bernoulli(balance_key)
        labels = jnp.where(balanced | (round_ == 0), all_labels, random_labels)
        few = 1 + jnp.floor(jax.random.uniform(few_key, (WAYS,)) * num_templates)
        fresh = jax.random.bernoulli(fresh_key, 0.4, shape)
        limit = jnp.where(fresh, num_templates[labels], few[labels])
        limit = jnp.minimum(limit, num_templates[labels])
        place = jnp.floor(jax.random.uniform(template_key, shape) * limit).astype(int)
        place = jnp.where(balanced, jnp.minimum(round_, order.shape[1] - 1), place)
        template = order[labels, place]
        num_variants = jnp.maximum(variants[labels, template], 1)
        variant = jax.random.randint(variant_key, shape, 0, num_variants)
        rows = self.table[language, intents[labels], template, variant]
        return rows, labels, jnp.where(balanced, round_ < num_templates[labels], True)

    def _sample_outside(self, key, language, intents, num_others, rounds: int):
        """Return rows (rounds, 2) of intents after the first ten of `intents`."""
        intent_key, template_key, variant_key = jax.random.split(key, 3)
        shape = (rounds, _OUT_OF_SCOPE)
        intent = intents[WAYS + jax.random.randint(intent_key, shape, 0, num_others)]
        number = jnp.maximum(self.templates[language, intent], 1)
        template = jax.random.randint(template_key, shape, 0, number)
        number = jnp.maximum(self.variants[language, intent, template], 1)
        variant = jax.random.randint(variant_key, shape, 0, number)
        return self.table[language, intent, template, variant]


def _select_rows(examples: Examples, exclude: Collection[str]) -> list[list[np.ndarray]]:
    """Return the sentences of each intent that is not excluded, by template."""
    names = examples.corpus.intents
    return [list(rows.values()) for i, rows in examples.rows.items() if names[i] not in exclude]
