"""Words of many languages as tasks: a task is a language, of which some pairs were read."""

import random
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.applications.languages.lemmatization.candidates import AT_MOST
from yingshe.applications.languages.lemmatization.dictionaries import draw, draw_varied
from yingshe.applications.languages.lemmatization.features import (
    COMMON,
    EACH,
    SYMBOLS,
    X_DIM,
    Y_DIM,
    features_of,
)
from yingshe.applications.languages.lemmatization.letters import ALPHABET, disguise
from yingshe.applications.languages.lemmatization.statistics import Counts
from yingshe.learners import CandidateRanker
from yingshe.pairs import Pairs
from yingshe.tasks.base import Family

TAUGHT = 16
"""Pairs of the support that teach the learner what the language prefers, at most."""
SHOWN = 48
"""Words of each task: `TAUGHT`, and others that were not read."""
DISGUISED = 0.75
"""Share of the tasks of a training step whose letters are exchanged for others."""
VARIED = 0.3
"""Share of the tasks whose words are such as if other endings were common in the language."""
_LEAST, _MOST = 5, 1200  # pairs read; as many as e^u, u uniform


class Words(Family):
    """Recorded tasks: of each, words as `features_of` sees them, and which candidate is right.

    First come words of the support, each seen by what the others of the support tell, then words
    that were not read. In a share of the draws, `disguised`, vowels are exchanged for other vowels
    and consonants for consonants: what is learned must not lean on letters alone.
    """

    x: Float[Array, "tasks words x_dim"]  # float16, to halve the memory
    y: Int[Array, "tasks words"]  # number of the right candidate; `AT_MOST` for none
    mask: Bool[Array, "tasks words"]
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    disguised: float = eqx.field(static=True)

    def __init__(
        self,
        x: Float[Array, "tasks words x_dim"],
        y: Int[Array, "tasks words"],
        mask: Bool[Array, "tasks words"],
        *,
        disguised: float = 0.0,
    ):
        self.x, self.y, self.mask, self.disguised = x, y, mask, disguised
        self.x_dim, self.y_dim = X_DIM, Y_DIM

    @property
    def oracle(self):
        return None

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        task_key, share_key, letter_key = jax.random.split(key, 3)
        i = jax.random.randint(task_key, (), 0, self.x.shape[0])
        x = self.x[i, :n].astype(jnp.float32)
        if self.disguised:
            hide = jax.random.uniform(share_key) < self.disguised
            x = jnp.where(hide, _with_letters(x, disguise(letter_key)), x)
        return Pairs(x, jax.nn.one_hot(self.y[i, :n], self.y_dim), self.mask[i, :n])


def taught(
    support: Sequence[tuple[str, str]], met: Counts, generator: random.Random
) -> list[tuple[np.ndarray, int]]:
    """(x, right candidate) of up to `TAUGHT` pairs of a support, each seen by the others alone."""
    found = []
    for word, lemma in generator.sample(list(support), min(TAUGHT, len(support))):
        met.count_in(word, lemma, -1)
        found.append(labelled(word, lemma, met))
        met.count_in(word, lemma)
    return found


def labelled(word: str, lemma: str, met: Counts) -> tuple[np.ndarray, int]:
    """x of a word, and the number of its right candidate; `AT_MOST` for none."""
    found, x = features_of(word, met)
    return x, next((i for i, one in enumerate(found) if one.lemma == lemma), AT_MOST)


def tasks(
    languages: Sequence[str],
    number: int,
    *,
    seed: int,
    disguised: float = DISGUISED,
    varied: float = VARIED,
    on_progress: Callable[[int], None] | None = None,
) -> Words:
    """So many tasks, of the languages in turn.

    Of each 5 to 1200 pairs were read, as many small supports as large ones. In a share of them,
    `varied`, the words are such as `draw_varied` draws. The same seed gives the same tasks.
    """
    words = SHOWN
    x = np.zeros((number, words, X_DIM), np.float16)
    y = np.full((number, words), AT_MOST, np.int32)
    mask = np.zeros((number, words), bool)
    for i in range(number):
        generator = random.Random(f"{seed} {i}")
        read = round(_LEAST * (_MOST / _LEAST) ** generator.random())
        drawn_by = draw_varied if generator.random() < varied else draw
        support, query = drawn_by(languages[i % len(languages)], generator, read, SHOWN - TAUGHT)
        met = Counts(support)
        rows = taught(support, met, generator)
        places = [*range(len(rows)), *range(TAUGHT, words)]
        rows += [labelled(word, lemma, met) for word, lemma in query]
        x[i, places] = [row for row, _ in rows]
        y[i, places] = [right for _, right in rows]
        mask[i, places] = True
        if on_progress is not None:
            on_progress(i + 1)
    return Words(jnp.asarray(x), jnp.asarray(y), jnp.asarray(mask), disguised=disguised)


def new_learner(*, key: PRNGKeyArray) -> CandidateRanker:
    """An untrained learner of words as `features_of` sees them."""
    return CandidateRanker(
        X_DIM,
        Y_DIM,
        num_context_columns=COMMON,
        num_categorical=SYMBOLS,
        vocab_size=ALPHABET,
        key=key,
    )


def _with_letters(
    x: Float[Array, "words x_dim"], to: Int[Array, " alphabet"]
) -> Float[Array, "words x_dim"]:
    """The same words, with every letter exchanged for the one that stands in its place."""
    common, rows = x[:, :COMMON], x[:, COMMON:].reshape(len(x), AT_MOST, EACH)
    there = rows[..., :1] != 0

    def exchanged(columns, letters):
        return jnp.concatenate(
            [columns[..., :-letters], to[columns[..., -letters:].astype(int)]], axis=-1
        )

    common = exchanged(common, SYMBOLS[0])
    rows = jnp.where(there, exchanged(rows, SYMBOLS[1]), 0.0)
    return jnp.concatenate([common, rows.reshape(len(x), -1)], axis=1)
