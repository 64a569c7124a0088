"""A learner that goes on training, for a moment, on the demonstrations themselves."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.robots.metaworld.demonstrations import Demonstration
from yingshe.applications.robots.metaworld.family import ASKED, READ, moments
from yingshe.applications.robots.metaworld.features import X_DIM, Y_DIM, inputs, outputs
from yingshe.applications.robots.metaworld.warp import warp
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.pairs import Pairs
from yingshe.tasks import Family
from yingshe.training import TrainConfig, meta_train

# Room that is made at least, so that nearly all demonstrations share a compilation.
_ROWS, _EPISODES = 4096, 16


class LeftOut(Family):
    """Demonstrations of one class as tasks: one is left out, and asked about after the others.

    A task is the class, warped (`warp`); of a single demonstration some moments are read, and
    others are asked about. It wants the objective "support_query" with `shots=(support, support)`.
    """

    seen: Float[Array, "rows 21"]
    acted: Float[Array, "rows 4"]
    starts: Int[Array, " episodes"]
    lengths: Int[Array, " episodes"]
    count: Int[Array, ""]
    support: int = eqx.field(static=True)
    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)

    def __init__(self, demonstrations: Sequence[Demonstration], *, support: int):
        """Raises UserError where there are none."""
        if not demonstrations:
            raise UserError("There are no demonstrations to train on.")
        self.x_dim, self.y_dim, self.support = X_DIM, Y_DIM, support
        lengths = np.array([len(one.seen) for one in demonstrations])
        self.seen = _padded(np.concatenate([one.seen for one in demonstrations]), _ROWS)
        self.acted = _padded(np.concatenate([one.acted for one in demonstrations]), _ROWS)
        self.starts = _padded(np.cumsum(lengths) - lengths, _EPISODES)
        self.lengths = _padded(lengths, _EPISODES)
        self.count = jnp.asarray(len(demonstrations))

    def sample(self, key: PRNGKeyArray, n: int) -> Pairs:
        left_key, support_key, query_key, warp_key = jax.random.split(key, 4)
        left = jax.random.randint(left_key, (), 0, self.count)
        order = (
            left + 1 + jnp.arange(len(self.starts))
        ) % self.count  # what is left out comes last
        starts, lengths = self.starts[order], self.lengths[order]
        others = jnp.maximum(self.count - 1, 1)
        support = moments(support_key, starts, lengths, others, min(self.support, n))
        query = moments(
            query_key,
            self.starts[left][None],
            self.lengths[left][None],
            1,
            max(n - self.support, 0),
        )
        rows = jnp.concatenate([support, query])
        seen, acted = warp(warp_key, self.seen[rows], self.acted[rows])
        return Pairs(inputs(seen), outputs(acted))

    @property
    def oracle(self) -> None:
        return None


def fine_tune(
    learner: Learner,
    demonstrations: Sequence[Demonstration],
    *,
    key: PRNGKeyArray,
    steps: int = 100,
) -> Learner:
    """The learner after some more steps of its training, on these demonstrations alone.

    That is fine-tuning on the support set (Triantafillou et al., Meta-Dataset, 2020, section 4.2),
    with meta-training's own objective: what is left out is foreseen from the rest. Takes seconds.
    Raises UserError where there are no demonstrations.
    """
    config = TrainConfig(
        steps=steps,
        tasks_per_step=8,
        examples_per_task=READ + ASKED,
        objective="support_query",
        shot_range=(READ, READ),
        learning_rate=1e-4,
        validate_every=steps,
        validation_tasks=8,
    )
    return meta_train(learner, LeftOut(demonstrations, support=READ), config, key=key)


def _padded(values: np.ndarray, least: int) -> Array:
    """With zeros to a power of two of rows, at least so many."""
    room = max(least, 1 << (len(values) - 1).bit_length())
    return jnp.asarray(np.pad(values, ((0, room - len(values)), *[(0, 0)] * (values.ndim - 1))))
