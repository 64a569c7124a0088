"""Classes of manipulation as a family of tasks: a task is a class, its mapping the policy."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from yingshe.applications.robots.metaworld.demonstrations import ACTED
from yingshe.applications.robots.metaworld.features import X_DIM, Y_DIM, inputs, outputs
from yingshe.applications.robots.metaworld.warp import warp
from yingshe.applications.robots.metaworld.worlds import OBSERVED
from yingshe.errors import UserError
from yingshe.pairs import Pairs
from yingshe.tasks import Family

READ = 128
"""Moments of demonstrations in a task of training."""
ASKED = 64
"""Moments that a policy is judged at in it."""
_SHOWN = (1, 1, 2, 3, 5, 10)  # demonstrations, each as likely
_CLEAN_SHARE = 0.5  # how likely an undisturbed episode is beside a disturbed one, for what is asked


class Demonstrations(Family):
    """Recorded classes of manipulation, as tasks to learn policies on.

    A task is a class, warped (`warp`). Its first `support` pairs are moments of 1 to 10 successful
    undisturbed episodes, in their order; the pairs after them, moments of other episodes, most of
    them disturbed: what a policy sees that has left the way it was shown. So it wants the objective
    "support_query" with `shots=(support, support)`.
    """

    seen: Float[Array, "rows 21"]
    acted: Float[Array, "rows 4"]
    starts: Int[Array, "classes episodes"]
    lengths: Int[Array, "classes episodes"]
    clean: Bool[Array, "classes episodes"]
    shown: Bool[Array, "classes episodes"]
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    support: int = eqx.field(static=True)
    classes: tuple[str, ...] = eqx.field(static=True)
    imagined: int = eqx.field(static=True)
    """How many classes after the recorded ones are imagined."""

    def __init__(
        self,
        recorded: Mapping[str, pl.DataFrame],
        *,
        imagined: Mapping[str, pl.DataFrame] | None = None,
        support: int,
    ):
        """From tables as `collect` and `imagine` give them, one a class.

        Every second task is an imagined one, where there are such. Raises UserError where a table
        lacks a column, or holds fewer than ten episodes to show.
        """
        imagined = imagined or {}
        self.x_dim, self.y_dim, self.support = X_DIM, Y_DIM, support
        self.classes, self.imagined = tuple(recorded), len(imagined)
        tables = [*recorded.items(), *imagined.items()]
        episodes = [_episodes(name, table) for name, table in tables]
        most = max(len(frame) for frame in episodes)

        def padded(column: str) -> np.ndarray:
            columns = [frame[column].to_numpy() for frame in episodes]
            return np.stack([np.pad(values, (0, most - len(values))) for values in columns])

        lengths = padded("length")
        first = np.cumsum(lengths.ravel()) - lengths.ravel()
        self.starts = jnp.asarray(first.reshape(lengths.shape))
        self.lengths = jnp.asarray(lengths)
        self.clean, self.shown = jnp.asarray(padded("clean")), jnp.asarray(padded("shown"))
        rows = pl.concat(
            [table.select(pl.col(*OBSERVED, *ACTED).cast(pl.Float32)) for _, table in tables]
        )
        numbers = rows.to_numpy()
        self.seen = jnp.asarray(numbers[:, : len(OBSERVED)])
        self.acted = jnp.asarray(numbers[:, len(OBSERVED) :])

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        class_key, count_key, show_key, support_key, query_key, warp_key = jax.random.split(key, 6)
        one = self._class(class_key)
        episodes = self.lengths.shape[1]
        shown = jax.random.choice(
            show_key, episodes, (max(_SHOWN),), replace=False, p=_probability(self.shown[one])
        )
        count = jax.random.choice(count_key, jnp.array(_SHOWN))
        starts, lengths = self.starts[one], self.lengths[one]
        support = moments(support_key, starts[shown], lengths[shown], count, min(self.support, n))
        asked = jnp.where(self.clean[one], _CLEAN_SHARE, 1.0) * (self.lengths[one] > 0)
        asked = asked.at[shown].set(0.0)
        episode_key, moment_key = jax.random.split(query_key)
        chosen = jax.random.choice(
            episode_key, episodes, (max(n - self.support, 0),), p=_probability(asked)
        )
        query = jax.vmap(
            lambda key, episode: moments(key, starts[episode][None], lengths[episode][None], 1, 1)[
                0
            ]
        )(jax.random.split(moment_key, len(chosen)), chosen)
        rows = jnp.concatenate([support, query])
        seen, acted = warp(warp_key, self.seen[rows], self.acted[rows])
        return Pairs(inputs(seen), outputs(acted))

    def _class(self, key: PRNGKeyArray) -> Int[Array, ""]:
        """Any recorded one, or, every second time, any imagined one."""
        group_key, one_key = jax.random.split(key)
        recorded, imagined = len(self.classes), self.imagined
        one = jax.random.uniform(one_key)
        first = (one * recorded).astype(int)
        if not imagined:
            return first
        other = recorded + (one * imagined).astype(int)
        return jnp.where(jax.random.bernoulli(group_key), other, first)

    @property
    def oracle(self) -> None:
        return None


def moments(
    key: PRNGKeyArray,
    starts: Int[Array, " e"],
    lengths: Int[Array, " e"],
    count: Int[Array, ""] | int,
    n: int,
) -> Int[Array, " n"]:
    """Rows of n moments of the first `count` of some episodes, by episode and time."""
    episode_key, moment_key = jax.random.split(key)
    which = jnp.sort(jax.random.randint(episode_key, (n,), 0, count))
    moment = (jax.random.uniform(moment_key, (n,)) * lengths[which]).astype(int)
    longest = lengths.max() + 1
    moment = jnp.sort(which * longest + moment) - which * longest
    return starts[which] + moment


def _probability(weights: Array) -> Float[Array, " n"]:
    return weights / jnp.sum(weights)


def _episodes(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Length of each episode, whether it is undisturbed, and whether it may be shown."""
    wanted = ("episode", "disturbed", "succeeded", *OBSERVED, *ACTED)
    missing = [column for column in wanted if column not in table.columns]
    if missing:
        raise UserError(f"The episodes of {name} have no column {', '.join(missing)}.")
    found = table.group_by("episode", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("length"),
        (~pl.first("disturbed")).alias("clean"),
        (~pl.first("disturbed") & pl.first("succeeded")).alias("shown"),
    )
    if found["shown"].sum() < max(_SHOWN):
        raise UserError(
            f"{name} has {found['shown'].sum()} successful undisturbed episodes; at least "
            f"{max(_SHOWN)} are wanted. Collect more."
        )
    return found
