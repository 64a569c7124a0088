"""Model-predictive control with the cross-entropy method and a learned dynamics model."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.applications.robots.locomotion.robots import LeggedRobot
from yingshe.learners import RLS, StandardizedLearner

_INITIAL_STD, _MIN_STD = 0.5, 0.05  # of the sampled actions
_REUSED_FRACTION = 0.5  # of the elites, added to the samples of the next plan
_INVALID_RETURN = -1e9  # of a sequence for which the model diverges


class LearnedDynamics(NamedTuple):
    """Dynamics model of a planner: fixed weights on a learner's features, and motor gains.

    With x = (encoded state, gains * action), delta = φ(x)ᵀ weights in standardized units.
    """

    learner: StandardizedLearner
    weights: Float[Array, "f outputs"]
    gains: Float[Array, " motors"]
    """Delivered torque divided by commanded torque."""

    def delta(
        self, encoded: Float[Array, " encoded"], action: Float[Array, " motors"]
    ) -> Float[Array, " outputs"]:
        """Predict the change of the local state.

        Args:
            encoded: State as `LeggedRobot.encode_state` gives it.
            action: Commanded action.

        Returns:
            Change (outputs,).
        """
        phi = compute_features(self.learner, jnp.concatenate([encoded, self.gains * action]))
        standardizer = self.learner.standardizer
        return standardizer.y_mean + standardizer.y_scale * (phi @ self.weights)


def compute_features(learner: StandardizedLearner, x: Float[Array, " x_dim"]) -> Float[Array, " f"]:
    """Return φ(x) = (1, x, learned features) with x in standardized units.

    Args:
        learner: Standardized RLS learner.
        x: One input.

    Returns:
        Features (f,).
    """
    x, inner = learner.standardizer.transform_x(x), get_rls(learner)
    parts = [jnp.ones(1), x] + ([] if inner.feature_net is None else [inner.feature_net(x)])
    return jnp.concatenate(parts)


def get_rls(learner: StandardizedLearner) -> RLS:
    """Return the RLS learner inside the standardizing wrapper.

    Args:
        learner: A learner that `check_learner` has accepted.

    Returns:
        The inner learner.
    """
    assert isinstance(learner.inner, RLS)  # ensured by check_learner
    return learner.inner


class Plan(NamedTuple):
    """Warm start of the next search."""

    mean: Float[Array, "horizon motors"]
    elites: Float[Array, "reused horizon motors"]


class CEMPlanner:
    """Cross-entropy search over action sequences with time-correlated noise and reused elites.

    Args:
        robot: Robot whose reward is maximized: forward velocity less Gymnasium's control cost.
        horizon: Number of actions in a plan.
        num_samples: Number of sequences sampled in each iteration.
        num_iterations: Number of iterations of sampling and refitting.
        num_elites: Number of best sequences that the next sampling distribution is fitted to.
        correlation: Correlation of the noise of neighboring actions.

    References:
        Pinneri et al., Sample-efficient Cross-Entropy Method for Real-time Planning (iCEM), 2020.
    """

    def __init__(
        self,
        robot: LeggedRobot,
        *,
        horizon: int = 15,
        num_samples: int = 64,
        num_iterations: int = 2,
        num_elites: int = 8,
        correlation: float = 0.6,
    ):
        self.robot, self.horizon = robot, horizon
        self.num_samples, self.num_iterations = num_samples, num_iterations
        self.num_elites, self.correlation = num_elites, correlation
        lag = np.arange(horizon)[:, None] - np.arange(horizon)
        noise_filter = np.where(lag >= 0, correlation ** np.maximum(lag, 0), 0.0)
        noise_filter[:, 1:] *= np.sqrt(1 - correlation**2)
        self.noise_filter = noise_filter
        """(horizon, horizon) matrix from independent to correlated noise of variance 1."""
        self._plan = eqx.filter_jit(functools.partial(_plan, self))

    def init_plan(self) -> Plan:
        """Return the plan before the first search: zero actions."""
        shape = (self.horizon, self.robot.num_motors)
        return Plan(
            jnp.zeros(shape), jnp.zeros((round(_REUSED_FRACTION * self.num_elites), *shape))
        )

    def plan(
        self, model: LearnedDynamics, state: Float[Array, " local"], plan: Plan, key: PRNGKeyArray
    ) -> tuple[Float[Array, " motors"], Plan]:
        """Search for the best action sequence.

        Args:
            model: Dynamics model.
            state: Local state of the robot.
            plan: Plan of the time step before, or `init_plan()`.
            key: PRNG key.

        Returns:
            The first action of the sequence, and the plan for the next time step.
        """
        return self._plan(model, state, plan, key)

    def returns(
        self,
        model: LearnedDynamics,
        state: Float[Array, " local"],
        actions: Float[Array, "n horizon motors"],
    ) -> Float[Array, " n"]:
        """Predict the return of action sequences: summed rewards less fall penalties.

        Args:
            model: Dynamics model.
            state: Local state of the robot.
            actions: Action sequences.

        Returns:
            Returns (n,).
        """
        robot = self.robot

        def step(carry, action):  # (n, local), (n, motors)
            state, total = carry
            delta = jax.vmap(model.delta)(robot.encode_state(state), action)
            state, velocity = robot.integrate(state, delta)
            cost = robot.control_cost * jnp.sum(action**2, axis=-1)
            return (state, total + velocity - cost - robot.fall_penalty(state)), None

        n = actions.shape[0]
        start = (jnp.broadcast_to(state, (n, *state.shape)), jnp.zeros(n))
        (_, total), _ = jax.lax.scan(step, start, jnp.swapaxes(actions, 0, 1))
        return jnp.where(jnp.isfinite(total), total, _INVALID_RETURN)


def cem_search(
    compute_returns: Callable[[Float[Array, "n horizon motors"]], Float[Array, " n"]],
    planner: CEMPlanner,
    plan: Plan,
    key: PRNGKeyArray,
) -> tuple[Float[Array, " motors"], Plan]:
    """Run the cross-entropy search for any function that scores action sequences.

    Args:
        compute_returns: Function from (n, horizon, motors) to n returns.
        planner: Settings of the search.
        plan: Warm start.
        key: PRNG key.

    Returns:
        The first action of the best sequence, and the warm start of the next search.
    """
    mean, elites = plan
    std = jnp.full_like(mean, _INITIAL_STD)
    shape = (planner.num_samples, *mean.shape)
    noise_filter = jnp.asarray(planner.noise_filter, mean.dtype)
    for i in range(planner.num_iterations):
        noise = jax.random.normal(jax.random.fold_in(key, i), shape)
        noise = jnp.einsum("ts,nsm->ntm", noise_filter, noise)
        samples = jnp.clip(mean + std * noise, -1.0, 1.0)
        candidates = jnp.concatenate([mean[None], elites, samples])
        best = jax.lax.top_k(compute_returns(candidates), planner.num_elites)[1]
        selected = candidates[best]
        mean, std = selected.mean(axis=0), selected.std(axis=0) + _MIN_STD
        elites = selected[: plan.elites.shape[0]]
    next_mean = jnp.concatenate([mean[1:], mean[-1:]])
    next_elites = jnp.concatenate([elites[:, 1:], elites[:, -1:]], axis=1)
    return elites[0, 0], Plan(next_mean, next_elites)


def _plan(
    planner: CEMPlanner, model: LearnedDynamics, state: Array, plan: Plan, key: PRNGKeyArray
) -> tuple[Array, Plan]:
    return cem_search(lambda actions: planner.returns(model, state, actions), planner, plan, key)
