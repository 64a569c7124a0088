"""What a learner has become after watching a walker move: dynamics with each motor's strength."""

import functools
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from yingshe._jit_cache import HashableModule
from yingshe.applications.robots.locomotion.body import Walker
from yingshe.applications.robots.locomotion.planner import Model, rls_of
from yingshe.errors import UserError
from yingshe.learners import RLS, Learner, StandardizedLearner

_STRONGEST = 1.2  # of what a motor is believed to give, of what it is asked for
_ERROR = 0.15  # of an output's standard deviation: how far a body is usually off


class WalkerMapping:
    """Dynamics (pose, action) → change of one walker, from what has been seen of it so far.

    Two learners. `body` predicts what delivered torques do; it was trained on walkers of every
    damage of training and is the same for all. `joints` reads what its predictions lack: each
    moment is n pairs, of n motors, in which the strengths of the motors are linear (`rows`), and
    was trained on columns in random order, so that it knows no motor from another. Like every
    mapping it is not changed by `observe`, which gives a new one.
    """

    def __init__(self, walker: Walker, body: Learner, joints: Learner, state: Any = None):
        """Raises UserError where the learners are another walker's."""
        size = walker.size
        self.body = checked(body, len(walker.inputs) + size, len(walker.outputs))
        self.joints = checked(joints, size, 1)
        self.walker = walker
        self._weights = prior_weights(self.body)
        self._observe, self._strength = _compiled_joints(HashableModule(self.joints))
        self.state = joints.init_state() if state is None else state
        self.strength: Float[np.ndarray, " motors"] = np.asarray(self._strength(self.state))
        """Torque that each motor is believed to give, over the torque commanded."""

    @property
    def model(self) -> Model:
        """The mapping as a planner reads it."""
        return Model(self.body, self._weights, jnp.asarray(self.strength))

    def observe(
        self,
        pose: Float[np.ndarray, " pose"],
        action: Float[np.ndarray, " motors"],
        change: Float[np.ndarray, " outputs"],
    ) -> "WalkerMapping":
        """The mapping after one more moment: a pose, what was commanded, and what changed."""
        read = np.asarray(self.walker.read(np.asarray(pose, np.float32)))
        moment = read[None], np.asarray(action)[None], np.asarray(change)[None]
        x, y = rows(self.body, *moment, self.strength)
        other = object.__new__(WalkerMapping)
        other.__dict__.update(self.__dict__)
        other.state = self._observe(self.state, x[0], y[0])
        other.strength = np.asarray(self._strength(other.state))
        return other

    def __call__(
        self, pose: Float[np.ndarray, " pose"], action: Float[np.ndarray, " motors"]
    ) -> Float[np.ndarray, " outputs"]:
        """What will have changed after that action."""
        read = self.walker.read(jnp.asarray(pose, jnp.float32))
        return np.asarray(self.model.change(read, jnp.asarray(action, jnp.float32)))


def rows(
    body: StandardizedLearner,
    read: Float[np.ndarray, "n read"],
    action: Float[np.ndarray, "n motors"],
    change: Float[np.ndarray, "n outputs"],
    strength: Float[np.ndarray, " motors"],
) -> tuple[Float[np.ndarray, "n motors motors"], Float[np.ndarray, "n motors 1"]]:
    """The pairs that n moments are to the learner of joints, linearised at those strengths.

    With F the body, u = strength × action and σ its usual error, each output i gives
    (change - F(u))_i / σ_i = Σ_j (∂F_i/∂u_j a_j / σ_i) (strength*_j - strength_j) + noise. Of these
    equations the triangle of a QR decomposition keeps all that they say of strength*: for each
    moment, y = x strength* + noise of variance about 1, with as many rows as motors.
    """
    given = (np.asarray(part, np.float32) for part in (read, action, change, strength))
    x, y = (np.asarray(part) for part in _compiled_rows(HashableModule(body))(*given))
    q, r = np.linalg.qr(x)
    seen = np.einsum("noj,no->nj", q, y)
    # What no strengths explain is a contact that the body foresaw badly: it counts less.
    left = y - np.einsum("noj,nj->no", q, seen)
    misfit = np.sqrt(np.sum(left**2, axis=1) / max(x.shape[1] - x.shape[2], 1))
    less = np.maximum(misfit, 1.0)[:, None, None]
    return (r / less).astype(np.float32), (seen[:, :, None] / less).astype(np.float32)


def prior_weights(learner: StandardizedLearner):
    """Weights before anything is read."""
    return rls_of(learner).prior_mean


def weights(learner: StandardizedLearner, state):
    """Weights after what `state` has read."""
    inner = rls_of(learner)
    learned = jnp.tril(inner.prior_factor) @ state.mean
    return inner.prior_mean + learned * jnp.exp(inner.log_scale)


def checked(learner: Learner, inputs: int, outputs: int) -> StandardizedLearner:
    """The learner, if it is RLS in standard units with so many inputs and outputs."""
    fits = isinstance(learner, StandardizedLearner) and isinstance(learner.inner, RLS)
    if not fits or (learner.x_dim, learner.y_dim) != (inputs, outputs):
        raise UserError(
            f"A walker wants an RLS learner of {inputs} inputs and {outputs} outputs, trained on "
            f"recorded tasks; this is {type(learner).__name__} of {learner.x_dim} and "
            f"{learner.y_dim}."
        )
    return cast(StandardizedLearner, learner)


@functools.lru_cache(maxsize=8)
def _compiled_rows(whole: HashableModule):
    learner = cast(StandardizedLearner, whole.module)

    def rows(read, action, change, strength):
        def expected(delivered):
            x = jnp.concatenate([read, delivered])
            return learner.predict(learner.init_state(), x).mean

        deviation = _ERROR * learner.standardizer.y_scale
        slope = jax.jacfwd(expected)(strength * action)  # (outputs, motors)
        mean = expected(strength * action)
        x = slope * action / deviation[:, None]
        return x, (change - mean) / deviation + x @ strength

    return jax.jit(jax.vmap(rows, in_axes=(0, 0, 0, None)))


@functools.lru_cache(maxsize=8)
def _compiled_joints(whole: HashableModule):
    learner = cast(StandardizedLearner, whole.module)

    def observe(state, x, y):
        def step(state, pair):
            return learner.observe(state, *pair), None

        return jax.lax.scan(step, state, (x, y))[0]

    def strength(state):
        """The mapping is linear: its answers at the unit vectors are its slopes."""
        at = jnp.concatenate([jnp.zeros((1, learner.x_dim)), jnp.eye(learner.x_dim)])
        answers = jax.vmap(learner.predict, in_axes=(None, 0))(state, at).mean[:, 0]
        return jnp.clip(answers[1:] - answers[0], 0.0, _STRONGEST)

    return jax.jit(observe), jax.jit(strength)
