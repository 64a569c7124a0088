"""Proximal policy optimisation of recurrent learners, over whole trials."""

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
from yingshe.applications.agents.advantages import generalised_advantages, value_unit
from yingshe.applications.agents.devices import on_each, on_one, total, weighted_mean
from yingshe.applications.agents.environments.base import EnvironmentFamily
from yingshe.applications.agents.play import AnyFamily, Trial, play, play_many
from yingshe.applications.agents.reading import LearnerPlays, pairs_of, read_prediction
from yingshe.errors import UserError
from yingshe.learners import Learner, StandardizedLearner
from yingshe.pairs import Pairs
from yingshe.standardizer import Standardizer
from yingshe.training._step import TrainState
from yingshe.training.config import RunConfig, make_optimizer


@dataclass(frozen=True)
class PPOConfig(RunConfig):
    """A run of proximal policy optimisation: how many trials, and what is made of them."""

    steps: int = 300
    """Batches of trials."""
    schedule: Literal["constant", "cosine", "linear"] = "linear"
    """How η falls to zero over the run, after the warm-up; "constant" does not fall."""
    clip: float | None = 0.5
    """Largest global norm of the gradient, None for no limit; "sgd" is never clipped."""
    validate_every: int = 50
    """Steps between validations on held-out tasks."""
    report_every: int = 5
    """Steps between reports of the return."""
    checkpoint_every: int = 50
    """Steps between checkpoints, where a run folder is given."""
    trials: int = 128
    """Trials played for each step, each in an environment of its own."""
    epochs: int = 4
    """How often each trial is learned from."""
    minibatches: int = 4
    """Parts of the trials, one update each."""
    discount: float = 0.99
    """γ: what a reward is worth one step later."""
    trace: float = 0.95
    """λ of the generalised advantage estimates."""
    ratio: float = 0.2
    """ε: how far the probability of an action may be pushed by one batch."""
    value_weight: float = 0.5
    """Of the squared error of values, beside the policy's loss."""
    entropy: tuple[float, float] = (0.01, 0.0)
    """Weight of the policy's entropy, first and last; it changes evenly over the run."""
    validation_trials: int = 256
    """Trials of a validation, in the same environments each time."""

    def validate(self):
        for name in ("trials", "epochs", "minibatches", "validation_trials"):
            check_min(name, getattr(self, name), 1)
        if self.trials % self.minibatches:
            raise UserError(
                f"{self.trials} trials cannot be cut into {self.minibatches} equal minibatches."
            )
        if not 0 < self.discount <= 1 or not 0 <= self.trace <= 1:
            raise UserError(
                f"discount is {self.discount} and trace is {self.trace}; they must be at most 1, "
                "discount above 0 and trace not below."
            )


class Batch(NamedTuple):
    """What an update learns from: the steps of many trials, and what was thought at the time."""

    pairs: Pairs
    log_prob: Float[Array, "trials steps"]
    advantage: Float[Array, "trials steps"]
    """Of mean 0 and standard deviation 1 over the real steps."""
    to_come: Float[Array, "trials steps"]
    """In units of `value_unit`."""


def batch_of(trials: Trial, config: PPOConfig) -> Batch:
    """What many trials teach; `trials` has a leading axis."""
    unit = value_unit(config.discount, trials.reward.shape[1])
    estimate = functools.partial(
        generalised_advantages, discount=config.discount, trace=config.trace
    )
    advantages = jax.vmap(estimate)(trials.reward, trials.note.value * unit, trials.mask)
    real = trials.mask / total(jnp.sum(trials.mask))
    apart = advantages.advantage - total(jnp.sum(real * advantages.advantage))
    deviation = jnp.sqrt(total(jnp.sum(real * apart**2)))
    return Batch(
        pairs_of(trials),
        trials.note.log_prob,
        apart / (deviation + 1e-8),
        advantages.to_come / unit,
    )


def ppo_loss(
    learner: Learner, batch: Batch, config: PPOConfig, entropy_weight: Float[Array, ""]
) -> Float[Array, ""]:
    """Minus the clipped surrogate, the squared error of values, and minus the entropy.

    After Schulman et al., Proximal Policy Optimization Algorithms, 2017, eq. 7 and 9.
    """
    predicted = read_prediction(jax.vmap(learner.prequential)(batch.pairs))
    action = batch.pairs.y[..., :-1]
    ratio = jnp.exp(predicted.policy.log_prob(action) - batch.log_prob)
    clipped = jnp.clip(ratio, 1 - config.ratio, 1 + config.ratio)
    gain = jnp.minimum(ratio * batch.advantage, clipped * batch.advantage)
    error = (predicted.value - batch.to_come) ** 2
    of_step = -gain + config.value_weight * error - entropy_weight * predicted.entropy()
    mask = batch.pairs.mask
    return jnp.sum(jnp.where(mask, of_step, 0.0)) / jnp.sum(mask)


class Assembly(NamedTuple):
    """From parameters to the learner that has them. Equal where all but the parameters is."""

    structure: HashableStatic
    """The static half of a learner (`eqx.partition`)."""
    units: HashableModule | None
    """Those that it is spoken to in."""

    @classmethod
    def of(cls, learner: Learner, standardizer: Standardizer | None) -> "Assembly":
        structure = HashableStatic(eqx.partition(learner, eqx.is_inexact_array)[1])
        return cls(structure, None if standardizer is None else HashableModule(standardizer))

    def __call__(self, parameters: PyTree[Array]) -> Learner:
        learner = eqx.combine(parameters, self.structure.structure)
        if self.units is None:
            return learner
        return StandardizedLearner(learner, cast(Standardizer, self.units.module))


def make_update(assemble: Assembly, config: PPOConfig):
    """(state, trials, key) -> the state after all updates of a step, as work for `on_each`."""
    optimizer = make_optimizer(config, updates=config.epochs * config.minibatches)
    trials_here = on_one(config.trials, config.minibatches)

    def update(state: TrainState, trials: Trial, key: PRNGKeyArray) -> TrainState:
        batch = batch_of(trials, config)
        first, last = config.entropy
        entropy_weight = first + (last - first) * state.step / config.steps

        def minibatch(carry, rows):
            parameters, moments = carry
            part = jax.tree.map(lambda leaf: leaf[rows], batch)

            def loss_of(parameters):
                return ppo_loss(assemble(parameters), part, config, entropy_weight)

            gradient = weighted_mean(jax.grad(loss_of)(parameters), jnp.sum(part.pairs.mask))
            updates, moments = optimizer.update(gradient, moments, parameters)
            return (optax.apply_updates(parameters, updates), moments), None

        keys = jax.random.split(key, config.epochs)
        order = jax.vmap(lambda k: jax.random.permutation(k, trials_here))(keys)
        rows = order.reshape(config.epochs * config.minibatches, -1)
        began = state.parameters, state.optimizer
        (parameters, moments), _ = jax.lax.scan(minibatch, began, rows)
        return TrainState(parameters, moments, state.step + 1)

    return update


Step = Callable[[TrainState, PRNGKeyArray], tuple[TrainState, Float[Array, ""]]]
Validation = Callable[[PyTree[Array], PRNGKeyArray], Float[Array, ""]]


def make_step(assemble: Assembly, family: AnyFamily, config: PPOConfig) -> Step:
    """(state, key) -> (state, loss): trials of tasks drawn anew, and the updates they are good for.
    The loss is minus the mean return of a trial.

    In environments of pure JAX it is one jitted call, compiled once for all learners that differ in
    their parameters alone.
    """
    if isinstance(family, EnvironmentFamily):
        return _compiled_step(assemble, HashableModule(family), config)
    update = jax.jit(on_each(make_update(assemble, config)), donate_argnums=0)

    def step(state: TrainState, key: PRNGKeyArray):
        play_key, update_key = _step_keys(key, state)
        player = LearnerPlays(assemble(state.parameters))
        trials = family.play(player, play_key, config.trials)
        return update(state, trials, update_key), -mean_return(trials)

    return step


@functools.lru_cache(maxsize=16)
def _compiled_step(assemble: Assembly, environments: HashableModule, config: PPOConfig) -> Step:
    update, family = make_update(assemble, config), cast(EnvironmentFamily, environments.module)

    @on_each
    def play_and_learn(state: TrainState, keys: Key[Array, " trials"], update_key: PRNGKeyArray):
        player = LearnerPlays(assemble(state.parameters))
        trials = jax.vmap(lambda k: play(family, player, k))(keys)
        loss = weighted_mean(-mean_return(trials), jnp.ones(()))
        return update(state, trials, update_key), loss

    def step(state: TrainState, key: PRNGKeyArray):
        play_key, update_key = _step_keys(key, state)
        return play_and_learn(state, jax.random.split(play_key, config.trials), update_key)

    return jax.jit(step, donate_argnums=0)


def _step_keys(key: PRNGKeyArray, state: TrainState) -> tuple[PRNGKeyArray, PRNGKeyArray]:
    # fold_in, not split: a resumed run meets the same tasks.
    play_key, update_key = jax.random.split(jax.random.fold_in(key, state.step))
    return play_key, update_key


def make_validation(assemble: Assembly, family: AnyFamily, trials: int) -> Validation:
    """(parameters, key) -> minus the mean return of trials."""
    if isinstance(family, EnvironmentFamily):
        return _compiled_validation(assemble, HashableModule(family), trials)
    return lambda parameters, key: (
        -mean_return(family.play(LearnerPlays(assemble(parameters)), key, trials))
    )


@functools.lru_cache(maxsize=16)
def _compiled_validation(
    assemble: Assembly, environments: HashableModule, trials: int
) -> Validation:
    family = cast(EnvironmentFamily, environments.module)

    def validate(parameters: PyTree[Array], key: PRNGKeyArray):
        return -mean_return(play_many(family, LearnerPlays(assemble(parameters)), key, trials))

    return jax.jit(validate)


def mean_return(trials: Trial) -> Float[Array, ""]:
    """The sum of rewards of a trial, its mean over trials."""
    return jnp.sum(jnp.where(trials.mask, trials.reward, 0.0)) / trials.mask.shape[0]
