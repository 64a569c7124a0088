"""Lemmatization as a task distribution: a task is a language with a few observed pairs."""

import random
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.applications.languages.lemmatization._alphabet import ALPHABET_SIZE, permute_letters
from yingshe.applications.languages.lemmatization._candidates import MAX_CANDIDATES
from yingshe.applications.languages.lemmatization._edit_counts import TwoLevelCounts
from yingshe.applications.languages.lemmatization._features import (
    NUM_CANDIDATE_COLUMNS,
    NUM_CATEGORICAL,
    NUM_CONTEXT_COLUMNS,
    X_DIM,
    Y_DIM,
    extract_features,
)
from yingshe.applications.languages.lemmatization.data import (
    WordPair,
    sample_reweighted_split,
    sample_split,
)
from yingshe.learners import CandidateRanker
from yingshe.pairs import Pairs
from yingshe.tasks.base import Family

MAX_SUPPORT = 16
"""Largest number of support pairs that the learner observes; counts use all pairs."""
EXAMPLES_PER_TASK = 48
"""Words of each task: `MAX_SUPPORT` of the support, and others as queries."""
PERMUTE_PROBABILITY = 0.75
"""Probability that a training task's letters are permuted."""
REWEIGHT_PROBABILITY = 0.3
"""Probability that a training task's endings have other frequencies than in the language."""
_MIN_PAIRS, _MAX_PAIRS = 5, 1200  # support sizes are log-uniform between these


class LemmatizationTasks(Family):
    """Recorded tasks: features of words, and which candidate is correct.

    First come words of the support, each with the counts of the other support pairs
    (leave-one-out), then query words. As data augmentation, vowels are permuted among vowels and
    consonants among consonants, so that a learner cannot rely on single letters.

    Args:
        x: Features of the words, of each task.
        y: Number of the correct candidate; `MAX_CANDIDATES` where none is.
        mask: False where a task has no word.
        permute_probability: Probability that a sample's letters are permuted.
    """

    x: Float[Array, "tasks words x_dim"]  # float16, to halve the memory
    y: Int[Array, "tasks words"]
    mask: Bool[Array, "tasks words"]
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    permute_probability: float = eqx.field(static=True)

    def __init__(
        self,
        x: Float[Array, "tasks words x_dim"],
        y: Int[Array, "tasks words"],
        mask: Bool[Array, "tasks words"],
        *,
        permute_probability: float = 0.0,
    ):
        self.x, self.y, self.mask = x, y, mask
        self.permute_probability = permute_probability
        self.x_dim, self.y_dim = X_DIM, Y_DIM

    @property
    def oracle(self):
        return None

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        task_key, permute_key, letter_key = jax.random.split(key, 3)
        i = jax.random.randint(task_key, (), 0, self.x.shape[0])
        x = self.x[i, :n].astype(jnp.float32)
        if self.permute_probability:
            permute = jax.random.uniform(permute_key) < self.permute_probability
            x = jnp.where(permute, _replace_letters(x, permute_letters(letter_key)), x)
        return Pairs(x, jax.nn.one_hot(self.y[i, :n], self.y_dim), self.mask[i, :n])


def leave_one_out_examples(
    support: Sequence[WordPair], counts: TwoLevelCounts, generator: random.Random
) -> list[tuple[np.ndarray, int]]:
    """Encode up to `MAX_SUPPORT` support pairs, each with the counts of all others.

    Args:
        support: Observed pairs.
        counts: Their counts, which are the same afterwards.
        generator: Source of randomness for the selection.

    Returns:
        x and the number of the correct candidate, of each pair.
    """
    examples = []
    for word, lemma in generator.sample(list(support), min(MAX_SUPPORT, len(support))):
        counts.add(word, lemma, -1)
        examples.append(encode_example(word, lemma, counts))
        counts.add(word, lemma)
    return examples


def encode_example(word: str, lemma: str, counts: TwoLevelCounts) -> tuple[np.ndarray, int]:
    """Encode a word and its lemma.

    Args:
        word: A word.
        lemma: Its lemma.
        counts: Counts of the observed pairs.

    Returns:
        x, and the number of the correct candidate; `MAX_CANDIDATES` where none is.
    """
    word_candidates, x = extract_features(word, counts)
    correct = (i for i, candidate in enumerate(word_candidates) if candidate.lemma == lemma)
    return x, next(correct, MAX_CANDIDATES)


def make_tasks(
    languages: Sequence[str],
    num_tasks: int,
    *,
    seed: int,
    permute_probability: float = PERMUTE_PROBABILITY,
    reweight_probability: float = REWEIGHT_PROBABILITY,
    on_progress: Callable[[int], None] | None = None,
) -> LemmatizationTasks:
    """Make tasks of several languages in turn.

    Supports have 5 to 1200 pairs, log-uniformly.

    Args:
        languages: Codes of the languages.
        num_tasks: Number of tasks.
        seed: Seed; the same seed gives the same tasks.
        permute_probability: Probability that a sample's letters are permuted.
        reweight_probability: Probability that a task is from `sample_reweighted_split`.
        on_progress: Function called with the number of tasks made so far.

    Returns:
        The tasks.
    """
    x = np.zeros((num_tasks, EXAMPLES_PER_TASK, X_DIM), np.float16)
    y = np.full((num_tasks, EXAMPLES_PER_TASK), MAX_CANDIDATES, np.int32)
    mask = np.zeros((num_tasks, EXAMPLES_PER_TASK), bool)
    for i in range(num_tasks):
        generator = random.Random(f"{seed} {i}")
        num_support = round(_MIN_PAIRS * (_MAX_PAIRS / _MIN_PAIRS) ** generator.random())
        reweighted = generator.random() < reweight_probability
        sample = sample_reweighted_split if reweighted else sample_split
        language = languages[i % len(languages)]
        support, query = sample(language, generator, num_support, EXAMPLES_PER_TASK - MAX_SUPPORT)
        counts = TwoLevelCounts(support)
        rows = leave_one_out_examples(support, counts, generator)
        places = [*range(len(rows)), *range(MAX_SUPPORT, EXAMPLES_PER_TASK)]
        rows += [encode_example(word, lemma, counts) for word, lemma in query]
        x[i, places] = [row for row, _ in rows]
        y[i, places] = [label for _, label in rows]
        mask[i, places] = True
        if on_progress is not None:
            on_progress(i + 1)
    arrays = jnp.asarray(x), jnp.asarray(y), jnp.asarray(mask)
    return LemmatizationTasks(*arrays, permute_probability=permute_probability)


def new_learner(*, key: PRNGKeyArray) -> CandidateRanker:
    """Return an untrained learner of the right dimensions.

    Args:
        key: PRNG key of the initial parameters.

    Returns:
        The learner.
    """
    return CandidateRanker(
        X_DIM,
        Y_DIM,
        num_context_columns=NUM_CONTEXT_COLUMNS,
        num_categorical=NUM_CATEGORICAL,
        vocab_size=ALPHABET_SIZE,
        key=key,
    )


def _replace_letters(
    x: Float[Array, "words x_dim"], new_ids: Int[Array, " alphabet"]
) -> Float[Array, "words x_dim"]:
    """Return features of the same words with every letter id replaced."""
    context = x[:, :NUM_CONTEXT_COLUMNS]
    rows = x[:, NUM_CONTEXT_COLUMNS:].reshape(len(x), MAX_CANDIDATES, NUM_CANDIDATE_COLUMNS)
    exists = rows[..., :1] != 0

    def replace(columns, num_letters):
        letters = new_ids[columns[..., -num_letters:].astype(int)]
        return jnp.concatenate([columns[..., :-num_letters], letters], axis=-1)

    context = replace(context, NUM_CATEGORICAL[0])
    rows = jnp.where(exists, replace(rows, NUM_CATEGORICAL[1]), 0.0)
    return jnp.concatenate([context, rows.reshape(len(x), -1)], axis=1)
