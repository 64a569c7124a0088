"""The loop: it yields after every stretch of steps, and the caller decides what to do with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.standardizer import Standardizer
from yingshe.tasks import Family
from yingshe.training._step import (
    TrainState,
    copy_tree,
    init_train_state,
    make_step,
    make_validation,
    replicate,
    sample_batch_jit,
)
from yingshe.training.config import RunConfig, TrainConfig, make_optimizer

Trained = TypeVar("Trained", bound=eqx.Module)
"""What a course trains: mostly a `Learner`."""


class DivergenceError(UserError):
    """The loss is no longer a finite number."""


class TrainerState(eqx.Module):
    """All that a resumed run needs: the training state and what early stopping remembers."""

    state: TrainState
    best_parameters: PyTree[Array]
    best_loss: Array
    num_bad_validations: Array  # validations since the best one


class TrainingProgram(NamedTuple):
    """What a run consists of."""

    train_step: Callable[[TrainState], tuple[TrainState, Float[Array, ""]]]
    """The state after one more step, and its loss. The state that is given may be donated."""
    validate: Callable[[PyTree[Array]], Float[Array, ""] | float]
    """How good parameters are on what training does not see; less is better."""


@dataclass(frozen=True)
class TrainLog(Generic[Trained]):
    """What the loop yields."""

    step: int
    loss: float
    """Mean training loss since the last report."""
    validation_loss: float | None
    """On held-out tasks, where this step is one of validation."""
    checkpoint_due: bool
    progress: TrainerState
    """Good until the next report is asked for: then its buffers are donated to the next step."""
    learner: Trained
    """The learner to keep if training ended here: the best by validation if `patience` is set."""


def train(
    learner: Learner,
    family: Family,
    config: TrainConfig,
    *,
    key: PRNGKeyArray,
    validation: Family | None = None,
    standardizer: Standardizer | None = None,
    resume_from: TrainerState | None = None,
) -> Iterator[TrainLog[Learner]]:
    """Meta-train `learner` on tasks drawn from `family`, validate on tasks drawn from `validation`.

    A run resumed from a yielded `TrainerState` goes on bit by bit as the uninterrupted one would have.
    `standardizer` brings drawn pairs into the learner's units. Raises DivergenceError.
    """

    def course() -> TrainingProgram:
        train_key, draw_key, loss_key = jax.random.split(key, 3)
        structure = eqx.partition(learner, eqx.is_inexact_array)[1]
        train_step = make_step(structure, family, standardizer, config)
        validate = make_validation(structure, config)
        judged_on = family if validation is None else validation
        held_out = sample_batch_jit(
            judged_on, standardizer, draw_key, config.validation_tasks, config.examples_per_task
        )
        return TrainingProgram(
            lambda state: train_step(state, train_key),
            lambda parameters: validate(parameters, held_out, loss_key),
        )

    progress = (
        init_trainer_state(learner, make_optimizer(config)) if resume_from is None else resume_from
    )
    return run_steps(course, learner, progress, config)


def run_steps(
    build: Callable[[], TrainingProgram],
    learner: Trained,
    progress: TrainerState,
    config: RunConfig,
) -> Iterator[TrainLog[Trained]]:
    """Take the steps of any course that are still to be taken. Raises DivergenceError."""
    taken = int(progress.state.step)
    if taken == config.steps or _is_stale(progress, config):
        return  # before anything is compiled: a finished run is only read back
    course = build()
    progress = eqx.tree_at(lambda p: p.state, progress, replicate(progress.state))
    losses = []
    while taken < config.steps and not _is_stale(progress, config):
        state, loss = course.train_step(progress.state)
        progress = eqx.tree_at(lambda p: p.state, progress, state)
        losses.append(loss)
        taken += 1
        last = taken == config.steps
        validate_now = last or taken % config.validate_every == 0
        checkpoint_due = last or taken % config.checkpoint_every == 0
        if not (validate_now or checkpoint_due or taken % config.log_every == 0):
            continue
        mean_loss = _finite_mean(losses, taken, config)
        losses = []
        validation_loss = None
        if validate_now:
            validation_loss = float(course.validate(progress.state.parameters))
            progress = _remember_best(progress, validation_loss, config)
        yield TrainLog(
            taken,
            mean_loss,
            validation_loss,
            checkpoint_due or _is_stale(progress, config),
            progress,
            select_learner(learner, progress, config),
        )


def init_trainer_state(
    learner: eqx.Module, optimizer: optax.GradientTransformation
) -> TrainerState:
    """The progress before the first step."""
    state = init_train_state(learner, optimizer)
    return TrainerState(
        state, copy_tree(state.parameters), jnp.asarray(jnp.inf), jnp.zeros((), jnp.int32)
    )


def select_learner(learner: Trained, progress: TrainerState, config: RunConfig) -> Trained:
    """`learner` with the parameters to keep: the best by validation if `patience` is set."""
    keep = progress.state.parameters if config.patience is None else progress.best_parameters
    return eqx.combine(copy_tree(keep), eqx.partition(learner, eqx.is_inexact_array)[1])


def _remember_best(progress: TrainerState, loss: float, config: RunConfig) -> TrainerState:
    if config.patience is None:
        return progress
    if loss < float(progress.best_loss):
        best = copy_tree(progress.state.parameters)
        return TrainerState(progress.state, best, jnp.asarray(loss), jnp.zeros((), jnp.int32))
    return eqx.tree_at(lambda p: p.num_bad_validations, progress, progress.num_bad_validations + 1)


def _is_stale(progress: TrainerState, config: RunConfig) -> bool:
    return config.patience is not None and int(progress.num_bad_validations) >= config.patience


def _finite_mean(losses: list[Array], taken: int, config: RunConfig) -> float:
    values = np.asarray(jax.device_get(losses), float)
    broken = np.flatnonzero(~np.isfinite(values))
    if broken.size:
        step = taken - len(values) + 1 + int(broken[0])
        raise DivergenceError(
            f"The loss is {values[broken[0]]} at step {step}; try a learning rate below "
            f"{config.learning_rate:g}, some warm-up steps, or a smaller clip."
        )
    return float(values.mean())
