"""What a learner has become after reading an arm in motion: its inverse and forward dynamics."""

import functools
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from yingshe._jit_cache import HashableModule
from yingshe.applications.robots.arm.model import COLUMNS, OWN, Arm
from yingshe.errors import UserError
from yingshe.learners import RLS, Learner, StandardizedLearner
from yingshe.learners.rls import RLSState

_WINDOW = 10  # observations over which surprise is averaged
_MOST = 50.0  # that a single observation counts
_WEAK = 0.2  # of the nominal motor: a joint that seems weaker than this is taken for dead


class ArmMapping:
    """Inverse dynamics (q, q̇, q̈) → τ of one arm, from what has been observed of it so far.

    One state for each joint, all of the same learner, which was trained on `tasks_of` many arms. As
    the torque is linear in q̈, the forward dynamics (q, q̇, τ) → q̈ is the same mapping, solved.
    Like every mapping it is not changed by `observe`, which gives a new one.
    """

    def __init__(self, arm: Arm, learner: Learner, states: RLSState | None = None):
        _inner(learner)  # raises where it is another
        self.arm, self.learner = arm, learner
        self._observe, self._predict = _compiled(HashableModule(learner))
        prior = learner.init_state()
        self.states: RLSState = states or RLSState(
            *(jnp.stack([leaf] * arm.size) for leaf in prior)
        )
        self.surprise = 0.0
        """Squared error over predicted variance: median over joints, mean over the last moments."""

    def observe(
        self,
        q: Float[np.ndarray, " joints"],
        velocity: Float[np.ndarray, " joints"],
        acceleration: Float[np.ndarray, " joints"],
        torque: Float[np.ndarray, " joints"],
    ) -> "ArmMapping":
        """The mapping after one more moment: rad, rad/s, rad/s² and the torque commanded, N m."""
        return self.observe_features(self.arm.features(q, velocity, acceleration), torque)

    def observe_features(
        self, features: Float[np.ndarray, "joints columns"], torque: Float[np.ndarray, " joints"]
    ) -> "ArmMapping":
        """The same, where `Arm.features` of that moment are known already.

        A joint that stands still is not read.
        """
        share = np.asarray(torque / self.arm.limits, np.float32)[:, None]
        other = object.__new__(ArmMapping)
        other.__dict__.update(self.__dict__)
        moving = self.arm.moving(features)
        other.states, squares = self._observe(
            self.states, features.astype(np.float32), share, moving
        )
        if moving.any():
            surprise = min(float(np.median(np.asarray(squares)[moving])), _MOST)
            other.surprise += (surprise - self.surprise) / _WINDOW
        return other

    def forget_load(self) -> "ArmMapping":
        """The mapping of the same arm with a load that nothing is known of.

        What was learned of the joints stays: the weights of the load are drawn anew from the prior,
        given what is believed of the joints' own.
        """
        factor = np.tril(np.asarray(_inner(self.learner).prior_factor, float))
        prior = factor @ factor.T
        # StandardizedLearner inputs let the intercept depend on the load.
        own, rest = np.arange(1, 1 + OWN), np.r_[0, 1 + OWN : len(prior)]
        gain = np.linalg.solve(prior[np.ix_(own, own)], prior[np.ix_(own, rest)]).T
        left = prior[np.ix_(rest, rest)] - gain @ prior[np.ix_(own, rest)]
        means, roots = (np.asarray(leaf, float) for leaf in self.states)
        forgotten = []
        for mean, root in zip(means, roots, strict=True):  # in whitened weights, one joint each
            believed = factor @ root
            spread = (believed @ believed.T)[np.ix_(own, own)]
            after = np.empty_like(prior)
            after[np.ix_(own, own)], after[np.ix_(rest, own)] = spread, gain @ spread
            after[np.ix_(own, rest)] = after[np.ix_(rest, own)].T
            after[np.ix_(rest, rest)] = left + gain @ spread @ gain.T
            moved = np.empty((len(prior), 1))
            moved[own] = (factor @ mean)[own]
            moved[rest] = gain @ moved[own]
            half = np.linalg.solve(factor, after)
            whitened = np.linalg.solve(factor, half.T)
            whitened = (whitened + whitened.T) / 2 + 1e-10 * np.eye(len(prior))
            forgotten.append((np.linalg.solve(factor, moved), np.linalg.cholesky(whitened)))
        leaves = (jnp.asarray(np.stack(leaf), jnp.float32) for leaf in zip(*forgotten, strict=True))
        return ArmMapping(self.arm, self.learner, RLSState(*leaves))

    def __call__(
        self,
        q: Float[np.ndarray, " joints"],
        velocity: Float[np.ndarray, " joints"],
        acceleration: Float[np.ndarray, " joints"],
    ) -> tuple[Float[np.ndarray, " joints"], Float[np.ndarray, " joints"]]:
        """The torque to command, N m, and its standard deviation."""
        return self.from_features(self.arm.features(q, velocity, acceleration))

    def from_features(
        self, features: Float[np.ndarray, "joints columns"]
    ) -> tuple[Float[np.ndarray, " joints"], Float[np.ndarray, " joints"]]:
        """The same, where `Arm.features` are known already."""
        mean, variance = self._predict(self.states, features.astype(np.float32))
        limits = self.arm.limits
        return np.asarray(mean)[:, 0] * limits, np.sqrt(np.asarray(variance)[:, 0]) * limits

    def acceleration(
        self,
        q: Float[np.ndarray, " joints"],
        velocity: Float[np.ndarray, " joints"],
        torque: Float[np.ndarray, " joints"],
    ) -> Float[np.ndarray, " joints"]:
        """Forward dynamics: the acceleration, rad/s², that commanding `torque`, N m, gives.

        A joint whose motor seems dead is taken to move freely, as the nominal arm would.
        """
        still = np.zeros(self.arm.size)
        rows = [still, *np.eye(self.arm.size)]
        features = np.stack([self.arm.features(q, velocity, row) for row in rows])
        learned = np.stack([self.from_features(one)[0] for one in features])
        nominal = features[:, :, 0] * self.arm.limits
        inertia, empty = (f[1:].T - f[0][:, None] for f in (learned, nominal))
        alive = np.diagonal(inertia) > _WEAK * np.diagonal(empty)
        friction = self.arm.nominal_friction(velocity)
        matrix = np.where(alive[:, None], inertia, empty)
        right = np.where(alive, torque - learned[0], -nominal[0] - friction)
        return np.linalg.solve(matrix, right)


def _inner(learner: Learner) -> RLS:
    inner = learner.inner if isinstance(learner, StandardizedLearner) else learner
    if not isinstance(inner, RLS) or (inner.x_dim, inner.num_features) != (len(COLUMNS), 0):
        raise UserError(
            f"A joint of an arm is learned by RLS of {len(COLUMNS)} inputs and no learned "
            f"features; this is {type(inner).__name__} of {inner.x_dim} inputs."
        )
    return inner


@functools.lru_cache(maxsize=8)
def _compiled(whole: HashableModule):
    learner = cast(Learner, whole.module)
    options = {"xla_cpu_multi_thread_eigen": False}

    def observe(state, x, y, moving):
        expected, after = learner.predict(state, x), learner.observe(state, x, y)
        square = jnp.sum((y - expected.mean) ** 2 / expected.variance)
        return jax.tree.map(lambda new, old: jnp.where(moving, new, old), after, state), square

    def predict(states, x):
        answer = jax.vmap(learner.predict)(states, x)
        return answer.mean, answer.variance

    return (
        jax.jit(jax.vmap(observe), compiler_options=options),
        jax.jit(predict, compiler_options=options),
    )
