"""Imitation learning with DAgger: the expert labels the states that the learner visits."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_min
from yingshe.applications.agents._encoding import split_policy_value, trajectory_to_pairs
from yingshe.applications.agents.advantages import compute_gae, value_scale
from yingshe.applications.agents.environments.base import Action, EnvDistribution, Task
from yingshe.applications.agents.model import LearnerPolicy
from yingshe.applications.agents.ppo import LearnerFactory, TrainStep
from yingshe.applications.agents.rollout import PolicyInput, StepResult, Trajectory, rollout
from yingshe.applications.policy import PlansEpisodes, Policy
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.training._step import TrainState
from yingshe.training.config import RunConfig, make_optimizer


@dataclass(frozen=True)
class DAggerConfig(RunConfig):
    """Settings of DAgger."""

    steps: int = 1000
    """Number of batches of trials, one update each."""
    num_envs: int = 64
    """Number of trials per step, each in its own environment."""
    expert_fraction: tuple[float, float] = (0.5, 0.0)
    """Fraction of actions taken by the expert at the first and at the last step, linear in
    between (β of DAgger)."""
    gamma: float = 0.99
    """Discount factor γ of the value function."""
    vf_coef: float = 0.5
    """Coefficient of the value loss."""
    validation_trials: int = 256
    """Number of trials in a validation, with the same tasks each time."""

    def validate(self):
        for name in ("num_envs", "validation_trials"):
            check_min(name, getattr(self, name), 1)
        if not all(0 <= fraction <= 1 for fraction in self.expert_fraction):
            raise UserError(
                f"expert_fraction must be two numbers in [0, 1], got {self.expert_fraction}."
            )


class _DAggerState(NamedTuple):
    """States of both policies."""

    learner: Any
    expert: Any


class DAggerPolicy(eqx.Module):
    """Mixture of learner and expert; the expert's action is the information of each step.

    An expert with `begin_episode` plans at every time step here, so its plan should be cheap and
    not depend on the key.

    Args:
        learner: Policy that is trained.
        expert: Policy that is imitated.
        expert_fraction: Probability () that the expert acts.
    """

    learner: LearnerPolicy
    expert: Policy
    expert_fraction: Float[Array, ""]

    def init_state(self, task: Task) -> _DAggerState:
        return _DAggerState(self.learner.init_state(task), self.expert.init_state(task))

    def act(
        self, state: _DAggerState, step: PolicyInput, key: PRNGKeyArray
    ) -> tuple[Action, Action]:
        learner_key, expert_key, coin_key = jax.random.split(key, 3)
        learner_action, _ = self.learner.act(state.learner, step, learner_key)
        expert_state = self._plan(state.expert, step, expert_key)
        if isinstance(self.expert, PlansEpisodes):
            _, expert_key = jax.random.split(expert_key)
        expert_action, _ = self.expert.act(expert_state, step, expert_key)
        expert_acts = jax.random.bernoulli(coin_key, self.expert_fraction)
        return jnp.where(expert_acts, expert_action, learner_action), expert_action

    def update(
        self, state: _DAggerState, step: PolicyInput, action: Action, result: StepResult
    ) -> _DAggerState:
        expert_state = self._plan(state.expert, step, jax.random.key(0))
        return _DAggerState(
            self.learner.update(state.learner, step, action, result),
            self.expert.update(expert_state, step, action, result),
        )

    def _plan(self, state: Any, step: PolicyInput, key: PRNGKeyArray) -> Any:
        if not isinstance(self.expert, PlansEpisodes):
            return state
        planned = self.expert.begin_episode(state, key)
        return jax.tree.map(lambda new, old: jnp.where(step.start, new, old), planned, state)


def dagger_loss(learner: Learner, trials: Trajectory, config: DAggerConfig) -> Float[Array, ""]:
    """Compute the cross-entropy of the expert's actions plus the value loss.

    Args:
        learner: The learner that is trained.
        trials: Trajectories of a `DAggerPolicy`, with a leading axis of trials.
        config: Settings; `gamma` and `vf_coef` are used.

    Returns:
        Mean loss over the real time steps.
    """
    output = split_policy_value(jax.vmap(learner.prequential)(trajectory_to_pairs(trials)))
    unit = value_scale(config.gamma, trials.reward.shape[1])

    def compute_returns(reward, mask):
        zeros = jnp.zeros_like(reward)
        return compute_gae(reward, zeros, mask, gamma=config.gamma, gae_lambda=1.0).returns

    returns = jax.vmap(compute_returns)(trials.reward, trials.mask)
    error = (output.value - returns / unit) ** 2
    loss = -output.policy.log_prob(trials.info) + config.vf_coef * error
    return jnp.sum(jnp.where(trials.mask, loss, 0.0)) / jnp.sum(trials.mask)


def make_step(
    build_learner: LearnerFactory,
    env_distribution: EnvDistribution,
    expert: Policy,
    config: DAggerConfig,
) -> TrainStep:
    """Make the training step: roll out new trials, then take one update; jitted.

    Args:
        build_learner: Factory of the learner that is trained.
        env_distribution: Environments to train in.
        expert: Policy that is imitated.
        config: Settings.

    Returns:
        The function (state, key) -> (state, loss).
    """
    optimizer = make_optimizer(config)

    def step(state: TrainState, key: PRNGKeyArray):
        keys = jax.random.split(jax.random.fold_in(key, state.step), config.num_envs)
        first, last = config.expert_fraction
        expert_fraction = first + (last - first) * state.step / config.steps
        learner_policy = LearnerPolicy(build_learner(state.parameters))
        policy = DAggerPolicy(learner_policy, expert, expert_fraction)
        trials = jax.vmap(lambda k: rollout(env_distribution, policy, k))(keys)

        def loss_fn(parameters):
            return dagger_loss(build_learner(parameters), trials, config)

        loss, gradient = jax.value_and_grad(loss_fn)(state.parameters)
        updates, optimizer_state = optimizer.update(gradient, state.optimizer, state.parameters)
        parameters = optax.apply_updates(state.parameters, updates)
        return TrainState(parameters, optimizer_state, state.step + 1), loss

    return jax.jit(step, donate_argnums=0)
