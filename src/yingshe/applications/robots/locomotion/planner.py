"""Model-predictive control by the cross-entropy method, through whatever a mapping has become."""

import functools
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.applications.robots.locomotion.body import Walker
from yingshe.learners import RLS, StandardizedLearner

_SPREAD, _LEAST = 0.5, 0.05  # standard deviation of the first candidates, and what is never lost
_KEPT = 0.5  # of the elite, that the next plan starts from


class Model(NamedTuple):
    """Dynamics as a planner reads them: fixed weights on the learner's features.

    x = (what is read of the pose, strength times action); y = φ(x)ᵀ weights, in standard units.
    """

    learner: StandardizedLearner
    weights: Float[Array, "f outputs"]
    strength: Float[Array, " motors"]

    def change(
        self, read: Float[Array, " read"], action: Float[Array, " motors"]
    ) -> Float[Array, " outputs"]:
        """What changes after the action."""
        phi = features(self.learner, jnp.concatenate([read, self.strength * action]))
        standardizer = self.learner.standardizer
        return standardizer.y_mean + standardizer.y_scale * (phi @ self.weights)


def features(learner: StandardizedLearner, x: Float[Array, " x_dim"]) -> Float[Array, " f"]:
    """φ(x) = (1, x, learned features), of x in standard units."""
    x, inner = learner.standardizer.transform_x(x), rls_of(learner)
    parts = [jnp.ones(1), x] + ([] if inner.feature_net is None else [inner.feature_net(x)])
    return jnp.concatenate(parts)


def rls_of(learner: StandardizedLearner) -> RLS:
    """The RLS inside."""
    assert isinstance(learner.inner, RLS)  # whoever makes a Model has checked it
    return learner.inner


class Plan(NamedTuple):
    """What one plan hands to the next."""

    mean: Float[Array, "horizon motors"]
    elite: Float[Array, "kept horizon motors"]


class Planner:
    """Cross-entropy search over sequences of actions, with time-correlated noise and kept elites.

    After Pinneri et al., Sample-efficient Cross-Entropy Method for Real-time Planning (iCEM), 2020.

    Args:
        walker: whose reward is sought: forward velocity less Gymnasium's control cost.
        horizon: actions in a plan.
        candidates: sequences drawn in each round.
        rounds: of drawing, and narrowing to the elite.
        elite: best sequences that the next round is drawn default_variants.
        correlation: of the noise between neighbouring actions.
    """

    def __init__(
        self,
        walker: Walker,
        *,
        horizon: int = 15,
        candidates: int = 64,
        rounds: int = 2,
        elite: int = 8,
        correlation: float = 0.6,
    ):
        self.walker, self.horizon = walker, horizon
        self.candidates, self.rounds, self.elite = candidates, rounds, elite
        self.correlation = correlation
        lag = np.arange(horizon)[:, None] - np.arange(horizon)
        mix = np.where(lag >= 0, correlation ** np.maximum(lag, 0), 0.0)
        mix[:, 1:] *= np.sqrt(1 - correlation**2)
        self.mix = mix
        """(horizon, horizon): from independent to correlated noise of variance 1."""
        self.plan = eqx.filter_jit(functools.partial(_plan, self))

    def begin(self) -> Plan:
        """Before the first plan: to do nothing."""
        shape = (self.horizon, self.walker.size)
        return Plan(jnp.zeros(shape), jnp.zeros((round(_KEPT * self.elite), *shape)))

    def returns(
        self,
        model: Model,
        pose: Float[Array, " pose"],
        actions: Float[Array, "n horizon motors"],
    ) -> Float[Array, " n"]:
        """What the model expects of each sequence: Gymnasium's reward, summed, less falling."""
        walker = self.walker

        def step(carry, action):  # (n, pose), (n, motors)
            pose, total = carry
            change = jax.vmap(model.change)(walker.read(pose), action)
            pose, velocity = walker.advance(pose, change)
            cost = walker.control_cost * jnp.sum(action**2, axis=-1)
            return (pose, total + velocity - cost - walker.fallen(pose)), None

        n = actions.shape[0]
        began = (jnp.broadcast_to(pose, (n, *pose.shape)), jnp.zeros(n))
        (_, total), _ = jax.lax.scan(step, began, jnp.swapaxes(actions, 0, 1))
        return jnp.where(jnp.isfinite(total), total, -1e9)


def _plan(
    planner: Planner, model: Model, pose: Float[Array, " pose"], plan: Plan, key: PRNGKeyArray
) -> tuple[Float[Array, " motors"], Plan]:
    """The next action, and what the plan after it starts from."""
    return search(lambda actions: planner.returns(model, pose, actions), planner, plan, key)


def search(returns, planner: Planner, plan: Plan, key: PRNGKeyArray):
    """The cross-entropy search, for any `returns` of (n, horizon, motors)."""
    mean, elite = plan
    spread = jnp.full_like(mean, _SPREAD)
    shape = (planner.candidates, *mean.shape)
    mix = jnp.asarray(planner.mix, mean.dtype)
    for i in range(planner.rounds):
        noise = jax.random.normal(jax.random.fold_in(key, i), shape)
        noise = jnp.einsum("ts,nsm->ntm", mix, noise)
        drawn = jnp.clip(mean + spread * noise, -1.0, 1.0)
        every = jnp.concatenate([mean[None], elite, drawn])
        best = jax.lax.top_k(returns(every), planner.elite)[1]
        chosen = every[best]
        mean, spread = chosen.mean(axis=0), chosen.std(axis=0) + _LEAST
        elite = chosen[: plan.elite.shape[0]]
    later = jnp.concatenate([mean[1:], mean[-1:]])
    kept = jnp.concatenate([elite[:, 1:], elite[:, -1:]], axis=1)
    return elite[0, 0], Plan(later, kept)
