"""Manipulation tasks as task families: the mapping of a task is its policy."""

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.applications.robots.metaworld.augmentation import augment_task
from yingshe.applications.robots.metaworld.data import Demonstration
from yingshe.applications.robots.metaworld.encoding import (
    ACTION_NAMES,
    OBSERVATION_NAMES,
    X_DIM,
    Y_DIM,
    encode_actions,
    encode_observations,
)
from yingshe.errors import UserError
from yingshe.pairs import Pairs
from yingshe.tasks import Family

NUM_SUPPORT = 128
"""Number of demonstrated time steps in a training task."""
NUM_QUERY = 64
"""Number of time steps in a training task at which the policy is evaluated."""

_SHOTS = (1, 1, 2, 3, 5, 10)  # numbers of demonstrations, equally likely
_CLEAN_WEIGHT = 0.5  # of an undisturbed episode among the queries, relative to a disturbed one
# Minimum sizes of padded arrays, so that nearly all sets of demonstrations share a compilation.
_MIN_ROWS, _MIN_EPISODES = 4096, 16


class Demonstrations(Family):
    """Recorded manipulation tasks, as tasks to learn policies on.

    Each task is augmented (`augment_task`). Its first `num_support` pairs are time steps of 1 to 10
    successful undisturbed episodes, in order. The pairs after them are time steps of other
    episodes, most of them disturbed, so that the policy learns to recover. The family needs the
    objective "support_query" with `shot_range=(num_support, num_support)`.
    """

    observations: Float[Array, "rows 21"]
    actions: Float[Array, "rows 4"]
    starts: Int[Array, "tasks episodes"]
    lengths: Int[Array, "tasks episodes"]
    clean: Bool[Array, "tasks episodes"]
    demonstrable: Bool[Array, "tasks episodes"]
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    num_support: int = eqx.field(static=True)
    task_names: tuple[str, ...] = eqx.field(static=True)
    num_synthetic: int = eqx.field(static=True)
    """Number of synthetic tasks, which follow the recorded ones."""

    def __init__(
        self,
        recorded: Mapping[str, pl.DataFrame],
        *,
        synthetic: Mapping[str, pl.DataFrame] | None = None,
        num_support: int,
    ):
        """Build the family from tables of episodes.

        Args:
            recorded: Name of the task → table as `collect` writes it.
            synthetic: The same of synthetic tasks (`generate_synthetic_tasks`); half of the sampled
                tasks are synthetic where there are any.
            num_support: Number of demonstrated time steps in a task.

        Raises:
            UserError: A table lacks a column or has fewer than ten episodes to demonstrate.
        """
        synthetic = synthetic or {}
        self.x_dim, self.y_dim, self.num_support = X_DIM, Y_DIM, num_support
        self.task_names, self.num_synthetic = tuple(recorded), len(synthetic)
        tables = [*recorded.items(), *synthetic.items()]
        episodes = [_summarize_episodes(name, table) for name, table in tables]
        max_episodes = max(len(frame) for frame in episodes)

        def pad(column: str) -> np.ndarray:
            columns = [frame[column].to_numpy() for frame in episodes]
            return np.stack([np.pad(values, (0, max_episodes - len(values))) for values in columns])

        lengths = pad("length")
        starts = np.cumsum(lengths.ravel()) - lengths.ravel()
        self.starts = jnp.asarray(starts.reshape(lengths.shape))
        self.lengths = jnp.asarray(lengths)
        self.clean = jnp.asarray(pad("clean"))
        self.demonstrable = jnp.asarray(pad("demonstrable"))
        columns = pl.col(*OBSERVATION_NAMES, *ACTION_NAMES).cast(pl.Float32)
        values = pl.concat([table.select(columns) for _, table in tables]).to_numpy()
        self.observations = jnp.asarray(values[:, : len(OBSERVATION_NAMES)])
        self.actions = jnp.asarray(values[:, len(OBSERVATION_NAMES) :])

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        task_key, count_key, demo_key, support_key, query_key, augment_key = jax.random.split(
            key, 6
        )
        task = self._sample_task(task_key)
        num_episodes = self.lengths.shape[1]
        demonstrated = jax.random.choice(
            demo_key,
            num_episodes,
            (max(_SHOTS),),
            replace=False,
            p=_normalize(self.demonstrable[task]),
        )
        count = jax.random.choice(count_key, jnp.array(_SHOTS))
        starts, lengths = self.starts[task], self.lengths[task]
        support = sample_time_steps(
            support_key,
            starts[demonstrated],
            lengths[demonstrated],
            count,
            min(self.num_support, n),
        )
        weights = jnp.where(self.clean[task], _CLEAN_WEIGHT, 1.0) * (lengths > 0)
        weights = weights.at[demonstrated].set(0.0)
        episode_key, step_key = jax.random.split(query_key)
        query_episodes = jax.random.choice(
            episode_key, num_episodes, (max(n - self.num_support, 0),), p=_normalize(weights)
        )
        query = jax.vmap(
            lambda key, episode: sample_time_steps(
                key, starts[episode][None], lengths[episode][None], 1, 1
            )[0]
        )(jax.random.split(step_key, len(query_episodes)), query_episodes)
        return _to_pairs(self, augment_key, jnp.concatenate([support, query]))

    def _sample_task(self, key: PRNGKeyArray) -> Int[Array, ""]:
        """Sample a recorded task, or with probability 1/2 a synthetic one."""
        group_key, task_key = jax.random.split(key)
        uniform = jax.random.uniform(task_key)
        recorded = (uniform * len(self.task_names)).astype(int)
        if not self.num_synthetic:
            return recorded
        synthetic = len(self.task_names) + (uniform * self.num_synthetic).astype(int)
        return jnp.where(jax.random.bernoulli(group_key), synthetic, recorded)

    @property
    def oracle(self) -> None:
        return None


class LeaveOneOutDemonstrations(Family):
    """Demonstrations of one task as tasks: one is left out and is the query set of the others.

    Each task is augmented (`augment_task`). A single demonstration is both support and query set.
    The family needs the objective "support_query" with `shot_range=(num_support, num_support)`.
    """

    observations: Float[Array, "rows 21"]
    actions: Float[Array, "rows 4"]
    starts: Int[Array, " episodes"]
    lengths: Int[Array, " episodes"]
    count: Int[Array, ""]
    num_support: int = eqx.field(static=True)
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)

    def __init__(self, demonstrations: Sequence[Demonstration], *, num_support: int):
        """Build the family from demonstrations.

        Args:
            demonstrations: Demonstrations of one task.
            num_support: Number of demonstrated time steps in a task.

        Raises:
            UserError: There are no demonstrations.
        """
        if not demonstrations:
            raise UserError("demonstrations is empty; give at least one to train on.")
        self.x_dim, self.y_dim, self.num_support = X_DIM, Y_DIM, num_support
        lengths = np.array([len(demo.observations) for demo in demonstrations])
        observations = np.concatenate([demo.observations for demo in demonstrations])
        actions = np.concatenate([demo.actions for demo in demonstrations])
        self.observations = _pad_to_power_of_two(observations, _MIN_ROWS)
        self.actions = _pad_to_power_of_two(actions, _MIN_ROWS)
        self.starts = _pad_to_power_of_two(np.cumsum(lengths) - lengths, _MIN_EPISODES)
        self.lengths = _pad_to_power_of_two(lengths, _MIN_EPISODES)
        self.count = jnp.asarray(len(demonstrations))

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        left_out_key, support_key, query_key, augment_key = jax.random.split(key, 4)
        left_out = jax.random.randint(left_out_key, (), 0, self.count)
        # The demonstration that is left out comes last.
        order = (left_out + 1 + jnp.arange(len(self.starts))) % self.count
        starts, lengths = self.starts[order], self.lengths[order]
        num_others = jnp.maximum(self.count - 1, 1)
        support = sample_time_steps(
            support_key, starts, lengths, num_others, min(self.num_support, n)
        )
        query = sample_time_steps(
            query_key,
            self.starts[left_out][None],
            self.lengths[left_out][None],
            1,
            max(n - self.num_support, 0),
        )
        return _to_pairs(self, augment_key, jnp.concatenate([support, query]))

    @property
    def oracle(self) -> None:
        return None


def sample_time_steps(
    key: PRNGKeyArray,
    starts: Int[Array, " e"],
    lengths: Int[Array, " e"],
    count: Int[Array, ""] | int,
    n: int,
) -> Int[Array, " n"]:
    """Sample rows of the first `count` episodes, ordered by episode and time.

    Args:
        key: PRNG key.
        starts: First row of each episode.
        lengths: Number of rows of each episode.
        count: Number of episodes to sample from.
        n: Number of rows.

    Returns:
        Indices of rows (n,).
    """
    episode_key, step_key = jax.random.split(key)
    episode = jnp.sort(jax.random.randint(episode_key, (n,), 0, count))
    step = (jax.random.uniform(step_key, (n,)) * lengths[episode]).astype(int)
    stride = lengths.max() + 1
    step = jnp.sort(episode * stride + step) - episode * stride
    return starts[episode] + step


def _to_pairs(
    family: Demonstrations | LeaveOneOutDemonstrations, key: PRNGKeyArray, rows: Int[Array, " n"]
) -> Pairs:
    observations, actions = augment_task(key, family.observations[rows], family.actions[rows])
    return Pairs(encode_observations(observations), encode_actions(actions))


def _normalize(weights: Array) -> Float[Array, " n"]:
    return weights / jnp.sum(weights)


def _summarize_episodes(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return length of each episode, whether it is undisturbed, and whether it also succeeds."""
    required = ("episode", "disturbed", "succeeded", *OBSERVATION_NAMES, *ACTION_NAMES)
    missing = [column for column in required if column not in table.columns]
    if missing:
        raise UserError(f"The episodes of {name} have no column {', '.join(missing)}.")
    episodes = table.group_by("episode", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("length"),
        (~pl.first("disturbed")).alias("clean"),
        (~pl.first("disturbed") & pl.first("succeeded")).alias("demonstrable"),
    )
    if episodes["demonstrable"].sum() < max(_SHOTS):
        raise UserError(
            f"{name} has {episodes['demonstrable'].sum()} successful undisturbed episodes; at "
            f"least {max(_SHOTS)} are needed. Collect more."
        )
    return episodes


def _pad_to_power_of_two(values: np.ndarray, min_rows: int) -> Array:
    rows = max(min_rows, 1 << (len(values) - 1).bit_length())
    return jnp.asarray(np.pad(values, ((0, rows - len(values)), *[(0, 0)] * (values.ndim - 1))))
