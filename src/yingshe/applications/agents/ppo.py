"""Proximal policy optimization (PPO) of recurrent learners over full trials."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key, PRNGKeyArray, PyTree

from yingshe._jit_cache import HashableModule, HashableStatic
from yingshe._validation import check_min
from yingshe.applications.agents._devices import (
    psum,
    shard_trials,
    trials_per_device,
    weighted_pmean,
)
from yingshe.applications.agents._encoding import split_policy_value, trajectory_to_pairs
from yingshe.applications.agents.advantages import compute_gae, value_scale
from yingshe.applications.agents.environments.base import EnvDistribution
from yingshe.applications.agents.model import LearnerPolicy
from yingshe.applications.agents.rollout import (
    AnyEnvDistribution,
    Trajectory,
    rollout,
    rollout_batch,
)
from yingshe.errors import UserError
from yingshe.learners import Learner, StandardizedLearner
from yingshe.pairs import Pairs
from yingshe.standardizer import Standardizer
from yingshe.training._step import TrainState
from yingshe.training.config import RunConfig, make_optimizer


@dataclass(frozen=True)
class PPOConfig(RunConfig):
    """Settings of PPO, under the names of Stable-Baselines3."""

    steps: int = 300
    """Number of batches of trials."""
    lr_schedule: Literal["constant", "cosine", "linear"] = "linear"
    """Decay of the learning rate to zero after the warm-up; "constant" does not decay."""
    max_grad_norm: float | None = 0.5
    """Largest global norm of the gradient, None for no limit; "sgd" is never clipped."""
    validate_every: int = 50
    """Number of steps between validations on held-out tasks."""
    log_every: int = 5
    """Number of steps between two log entries of the return."""
    checkpoint_every: int = 50
    """Number of steps between checkpoints in the run directory."""
    num_envs: int = 128
    """Number of trials per step, each in its own environment."""
    n_epochs: int = 4
    """Number of passes over each batch of trials."""
    num_minibatches: int = 4
    """Number of minibatches that the trials are split into, one update each."""
    gamma: float = 0.99
    """Discount factor γ."""
    gae_lambda: float = 0.95
    """Trace decay λ of generalized advantage estimation."""
    clip_range: float = 0.2
    """Clipping range ε of the probability ratio."""
    vf_coef: float = 0.5
    """Coefficient of the value loss."""
    ent_coef: tuple[float, float] = (0.01, 0.0)
    """Coefficient of the entropy at the first and at the last step, linear in between."""
    validation_trials: int = 256
    """Number of trials in a validation, with the same tasks each time."""

    def validate(self):
        for name in ("num_envs", "n_epochs", "num_minibatches", "validation_trials"):
            check_min(name, getattr(self, name), 1)
        if self.num_envs % self.num_minibatches:
            raise UserError(
                f"num_envs must be a multiple of num_minibatches ({self.num_minibatches}), "
                f"got {self.num_envs}."
            )
        if not 0 < self.gamma <= 1 or not 0 <= self.gae_lambda <= 1:
            raise UserError(
                "gamma must be in (0, 1] and gae_lambda in [0, 1], "
                f"got gamma = {self.gamma} and gae_lambda = {self.gae_lambda}."
            )


class Batch(NamedTuple):
    """Training data of an update: time steps of many trials, as they were rolled out."""

    pairs: Pairs
    log_prob: Float[Array, "trials steps"]
    """Log-probability of each action under the policy that took it."""
    advantage: Float[Array, "trials steps"]
    """Advantages, normalized to mean 0 and standard deviation 1 over the real steps."""
    returns: Float[Array, "trials steps"]
    """Targets of the value function, in units of `value_scale`."""


def make_batch(trials: Trajectory, config: PPOConfig) -> Batch:
    """Compute the training data of many trials.

    Args:
        trials: Trajectories of a `LearnerPolicy`, with a leading axis of trials.
        config: Settings; `gamma` and `gae_lambda` are used.

    Returns:
        The batch.
    """
    unit = value_scale(config.gamma, trials.reward.shape[1])
    estimate = functools.partial(compute_gae, gamma=config.gamma, gae_lambda=config.gae_lambda)
    advantages = jax.vmap(estimate)(trials.reward, trials.info.value * unit, trials.mask)
    weight = trials.mask / psum(jnp.sum(trials.mask))
    centered = advantages.advantage - psum(jnp.sum(weight * advantages.advantage))
    deviation = jnp.sqrt(psum(jnp.sum(weight * centered**2)))
    return Batch(
        trajectory_to_pairs(trials),
        trials.info.log_prob,
        centered / (deviation + 1e-8),
        advantages.returns / unit,
    )


def ppo_loss(
    learner: Learner, batch: Batch, config: PPOConfig, ent_coef: Float[Array, ""]
) -> Float[Array, ""]:
    """Compute the loss: clipped surrogate, value loss and entropy bonus.

    Args:
        learner: The learner that is trained.
        batch: Time steps of many trials.
        config: Settings; `clip_range` and `vf_coef` are used.
        ent_coef: Coefficient of the entropy at this step.

    Returns:
        Mean loss over the real time steps.

    References:
        Schulman et al., Proximal Policy Optimization Algorithms, 2017, eq. 7 and 9.
    """
    output = split_policy_value(jax.vmap(learner.prequential)(batch.pairs))
    action = batch.pairs.y[..., :-1]
    ratio = jnp.exp(output.policy.log_prob(action) - batch.log_prob)
    clipped = jnp.clip(ratio, 1 - config.clip_range, 1 + config.clip_range)
    surrogate = jnp.minimum(ratio * batch.advantage, clipped * batch.advantage)
    error = (output.value - batch.returns) ** 2
    loss = -surrogate + config.vf_coef * error - ent_coef * output.entropy()
    mask = batch.pairs.mask
    return jnp.sum(jnp.where(mask, loss, 0.0)) / jnp.sum(mask)


class LearnerFactory(NamedTuple):
    """Builder of a learner from its parameters. Equal factories share one compilation."""

    structure: HashableStatic
    """Static half of the learner (`eqx.partition`)."""
    units: HashableModule | None
    """Standardizer around the learner."""

    @classmethod
    def from_learner(cls, learner: Learner, standardizer: Standardizer | None) -> "LearnerFactory":
        """Return the factory of a learner.

        Args:
            learner: Learner whose structure is used.
            standardizer: Standardizer that the built learners are wrapped in.

        Returns:
            The factory.
        """
        structure = HashableStatic(eqx.partition(learner, eqx.is_inexact_array)[1])
        return cls(structure, None if standardizer is None else HashableModule(standardizer))

    def __call__(self, parameters: PyTree[Array]) -> Learner:
        """Build the learner that has these parameters.

        Args:
            parameters: The inexact arrays of a learner (`eqx.partition`).

        Returns:
            The learner, standardized where the factory has a standardizer.
        """
        learner = eqx.combine(parameters, self.structure.structure)
        if self.units is None:
            return learner
        return StandardizedLearner(learner, cast(Standardizer, self.units.module))


TrainStep = Callable[[TrainState, PRNGKeyArray], tuple[TrainState, Float[Array, ""]]]
"""(state, key) -> (state, loss)"""
Validation = Callable[[PyTree[Array], PRNGKeyArray], Float[Array, ""]]
"""(parameters, key) -> loss"""


def make_update(build_learner: LearnerFactory, config: PPOConfig):
    """Make the function (state, trials, key) -> state that takes all updates of a step.

    Args:
        build_learner: Factory of the learner that is trained.
        config: Settings.

    Returns:
        The function, to run inside of `shard_trials`.
    """
    optimizer = make_optimizer(config, updates=config.n_epochs * config.num_minibatches)
    num_trials = trials_per_device(config.num_envs, config.num_minibatches)

    def update(state: TrainState, trials: Trajectory, key: PRNGKeyArray) -> TrainState:
        batch = make_batch(trials, config)
        first, last = config.ent_coef
        ent_coef = first + (last - first) * state.step / config.steps

        def minibatch(carry, rows):
            parameters, optimizer_state = carry
            selected = jax.tree.map(lambda leaf: leaf[rows], batch)

            def loss_fn(parameters):
                return ppo_loss(build_learner(parameters), selected, config, ent_coef)

            gradient = weighted_pmean(jax.grad(loss_fn)(parameters), jnp.sum(selected.pairs.mask))
            updates, optimizer_state = optimizer.update(gradient, optimizer_state, parameters)
            return (optax.apply_updates(parameters, updates), optimizer_state), None

        keys = jax.random.split(key, config.n_epochs)
        order = jax.vmap(lambda k: jax.random.permutation(k, num_trials))(keys)
        rows = order.reshape(config.n_epochs * config.num_minibatches, -1)
        start = state.parameters, state.optimizer
        (parameters, optimizer_state), _ = jax.lax.scan(minibatch, start, rows)
        return TrainState(parameters, optimizer_state, state.step + 1)

    return update


def make_step(
    build_learner: LearnerFactory, env_distribution: AnyEnvDistribution, config: PPOConfig
) -> TrainStep:
    """Make the training step: roll out new trials, then update on them.

    The loss is minus the mean return of a trial. In JAX environments the step is one jitted call,
    compiled once for all learners that differ in their parameters only.

    Args:
        build_learner: Factory of the learner that is trained.
        env_distribution: Environments to train in.
        config: Settings.

    Returns:
        The function (state, key) -> (state, loss).
    """
    if isinstance(env_distribution, EnvDistribution):
        return _compiled_step(build_learner, HashableModule(env_distribution), config)
    update = jax.jit(shard_trials(make_update(build_learner, config)), donate_argnums=0)

    def step(state: TrainState, key: PRNGKeyArray):
        rollout_key, update_key = _step_keys(key, state)
        policy = LearnerPolicy(build_learner(state.parameters))
        trials = env_distribution.rollout_batch(policy, rollout_key, config.num_envs)
        return update(state, trials, update_key), -mean_return(trials)

    return step


@functools.lru_cache(maxsize=16)
def _compiled_step(
    build_learner: LearnerFactory, environments: HashableModule, config: PPOConfig
) -> TrainStep:
    update = make_update(build_learner, config)
    env_distribution = cast(EnvDistribution, environments.module)

    @shard_trials
    def rollout_and_update(
        state: TrainState, keys: Key[Array, " trials"], update_key: PRNGKeyArray
    ):
        policy = LearnerPolicy(build_learner(state.parameters))
        trials = jax.vmap(lambda k: rollout(env_distribution, policy, k))(keys)
        loss = weighted_pmean(-mean_return(trials), jnp.ones(()))
        return update(state, trials, update_key), loss

    def step(state: TrainState, key: PRNGKeyArray):
        rollout_key, update_key = _step_keys(key, state)
        return rollout_and_update(state, jax.random.split(rollout_key, config.num_envs), update_key)

    return jax.jit(step, donate_argnums=0)


def _step_keys(key: PRNGKeyArray, state: TrainState) -> tuple[PRNGKeyArray, PRNGKeyArray]:
    # fold_in, not split: a resumed run draws the same tasks.
    rollout_key, update_key = jax.random.split(jax.random.fold_in(key, state.step))
    return rollout_key, update_key


def make_validation(
    build_learner: LearnerFactory, env_distribution: AnyEnvDistribution, num_trials: int
) -> Validation:
    """Make the validation: minus the mean return of new trials.

    Args:
        build_learner: Factory of the learner that is trained.
        env_distribution: Environments to validate in.
        num_trials: Number of trials.

    Returns:
        The function (parameters, key) -> loss.
    """
    if isinstance(env_distribution, EnvDistribution):
        return _compiled_validation(build_learner, HashableModule(env_distribution), num_trials)
    return lambda parameters, key: (
        -mean_return(
            env_distribution.rollout_batch(
                LearnerPolicy(build_learner(parameters)), key, num_trials
            )
        )
    )


@functools.lru_cache(maxsize=16)
def _compiled_validation(
    build_learner: LearnerFactory, environments: HashableModule, num_trials: int
) -> Validation:
    env_distribution = cast(EnvDistribution, environments.module)

    def validate(parameters: PyTree[Array], key: PRNGKeyArray):
        policy = LearnerPolicy(build_learner(parameters))
        return -mean_return(rollout_batch(env_distribution, policy, key, num_trials))

    return jax.jit(validate)


def mean_return(trials: Trajectory) -> Float[Array, ""]:
    """Compute the mean return of a trial.

    Args:
        trials: Trajectories with a leading axis of trials.

    Returns:
        The mean over trials of the sum of rewards.
    """
    return jnp.sum(jnp.where(trials.mask, trials.reward, 0.0)) / trials.mask.shape[0]
