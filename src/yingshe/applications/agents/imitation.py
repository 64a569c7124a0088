"""Imitation of a teacher: its actions, at whatever the learner itself brings about."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_min
from yingshe.applications.agents.advantages import generalised_advantages, value_unit
from yingshe.applications.agents.environments.base import Action, EnvironmentFamily
from yingshe.applications.agents.play import Outcome, Player, Seen, Trial, play
from yingshe.applications.agents.ppo import Assembly
from yingshe.applications.agents.reading import LearnerPlays, pairs_of, read_prediction
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.training._step import TrainState
from yingshe.training.config import RunConfig, make_optimizer


@dataclass(frozen=True)
class ImitationConfig(RunConfig):
    """A run of imitation: how many trials, and who acts in them."""

    steps: int = 1000
    """Batches of trials, one update each."""
    trials: int = 64
    """Trials played for each step, each in an environment of its own."""
    teaching: tuple[float, float] = (0.5, 0.0)
    """Fraction of the actions that are the teacher's, first and last; the others are the
    learner's. It changes evenly over the run."""
    discount: float = 0.99
    """γ of the value that is learned beside the policy."""
    value_weight: float = 0.5
    """Of the squared error of values, beside the cross-entropy."""
    validation_trials: int = 256
    """Trials of a validation, in the same environments each time."""

    def validate(self):
        for name in ("trials", "validation_trials"):
            check_min(name, getattr(self, name), 1)
        if not all(0 <= fraction <= 1 for fraction in self.teaching):
            raise UserError(f"teaching is {self.teaching}; fractions lie between 0 and 1.")


class _Pupil(NamedTuple):
    """What a learner and its teacher know of a trial."""

    learner: Any
    teacher: Any


class Lesson(eqx.Module):
    """A player that is two: the learner or the teacher acts, and what the teacher would have done
    is noted.
    """

    pupil: LearnerPlays
    teacher: Player
    teaching: Float[Array, ""]

    def begin(self, task) -> _Pupil:
        return _Pupil(self.pupil.begin(task), self.teacher.begin(task))

    def act(self, state: _Pupil, seen: Seen, key: PRNGKeyArray) -> tuple[Action, Action]:
        own_key, teacher_key, coin_key = jax.random.split(key, 3)
        own, _ = self.pupil.act(state.learner, seen, own_key)
        shown, _ = self.teacher.act(state.teacher, seen, teacher_key)
        return jnp.where(jax.random.bernoulli(coin_key, self.teaching), shown, own), shown

    def learn(self, state: _Pupil, seen: Seen, action: Action, outcome: Outcome) -> _Pupil:
        return _Pupil(
            self.pupil.learn(state.learner, seen, action, outcome),
            self.teacher.learn(state.teacher, seen, action, outcome),
        )


def imitation_loss(learner: Learner, trials: Trial, config: ImitationConfig) -> Float[Array, ""]:
    """Minus the log-probability of the teacher's actions, and the squared error of values."""
    predicted = read_prediction(jax.vmap(learner.prequential)(pairs_of(trials)))
    unit = value_unit(config.discount, trials.reward.shape[1])
    to_come = jax.vmap(
        lambda reward, mask: (
            generalised_advantages(
                reward, jnp.zeros_like(reward), mask, discount=config.discount, trace=1.0
            ).to_come
        )
    )(trials.reward, trials.mask)
    error = (predicted.value - to_come / unit) ** 2
    of_step = -predicted.policy.log_prob(trials.note) + config.value_weight * error
    return jnp.sum(jnp.where(trials.mask, of_step, 0.0)) / jnp.sum(trials.mask)


def make_step(
    assemble: Assembly, family: EnvironmentFamily, teacher: Player, config: ImitationConfig
):
    """(state, key) -> (state, loss): trials of tasks drawn anew, and one update, jitted."""
    optimizer = make_optimizer(config)

    def step(state: TrainState, key: PRNGKeyArray):
        keys = jax.random.split(jax.random.fold_in(key, state.step), config.trials)
        first, last = config.teaching
        teaching = first + (last - first) * state.step / config.steps
        pupil = LearnerPlays(assemble(state.parameters))
        lesson = Lesson(pupil, teacher, teaching)
        trials = jax.vmap(lambda k: play(family, lesson, k))(keys)

        def loss_of(parameters):
            return imitation_loss(assemble(parameters), trials, config)

        loss, gradient = jax.value_and_grad(loss_of)(state.parameters)
        updates, moments = optimizer.update(gradient, state.optimizer, state.parameters)
        parameters = optax.apply_updates(state.parameters, updates)
        return TrainState(parameters, moments, state.step + 1), loss

    return jax.jit(step, donate_argnums=0)
