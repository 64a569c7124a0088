"""Training loop: yields a log at intervals; the caller writes checkpoints and shows progress."""

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

Model = TypeVar("Model", bound=eqx.Module)
"""Type of the trained module, usually a `Learner`."""


class DivergenceError(UserError):
    """The loss is no longer a finite number."""


class TrainerState(eqx.Module):
    """State of a run that a resumed run needs: training state and early stopping."""

    state: TrainState
    best_parameters: PyTree[Array]
    best_loss: Array
    num_bad_validations: Array  # validations since the best one


class TrainingProgram(NamedTuple):
    """Compiled functions of a run."""

    train_step: Callable[[TrainState], tuple[TrainState, Float[Array, ""]]]
    """State -> the next state and the loss. It may donate the buffers of its argument."""
    validation_loss: Callable[[PyTree[Array]], Float[Array, ""] | float]
    """Parameters -> loss on held-out tasks."""


@dataclass(frozen=True)
class TrainLog(Generic[Model]):
    """Progress that the loop yields."""

    step: int
    """Number of steps taken."""
    loss: float
    """Mean training loss since the last log."""
    validation_loss: float | None
    """Loss on held-out tasks; None if there was no validation at this step."""
    checkpoint_due: bool
    """True if a checkpoint should be written now."""
    trainer_state: TrainerState
    """State to resume from. It is valid until the next log, when its buffers are donated."""
    learner: Model
    """Current learner; the best one by validation if `patience` is set."""


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
    """Meta-train a learner over a family of tasks, step by step.

    Args:
        learner: Learner to train, in its own units.
        family: Distribution of the training tasks.
        config: Settings of the run.
        key: PRNG key of everything that is drawn.
        validation: Distribution of the held-out tasks; other draws from `family` by default.
        standardizer: Conversion of drawn pairs to the learner's units.
        resume_from: State that an earlier run yielded. The run continues bit for bit as the
            uninterrupted one.

    Yields:
        Log of the steps since the previous one.

    Raises:
        DivergenceError: The loss is no longer a finite number.
    """

    def build() -> TrainingProgram:
        return build_meta_training(
            learner, family, config, key=key, validation=validation, standardizer=standardizer
        )

    state = init_trainer_state(learner, make_optimizer(config))
    return run_steps(build, learner, state if resume_from is None else resume_from, config)


def build_meta_training(
    learner: Learner,
    family: Family,
    config: TrainConfig,
    *,
    key: PRNGKeyArray,
    validation: Family | None,
    standardizer: Standardizer | None,
) -> TrainingProgram:
    """Build the program of a meta-training run.

    Args:
        learner: Learner to train, in its own units.
        family: Distribution of the training tasks.
        config: Settings of the run.
        key: PRNG key of everything that is drawn.
        validation: Distribution of the held-out tasks; other draws from `family` by default.
        standardizer: Conversion of drawn pairs to the learner's units.

    Returns:
        Training step and validation loss.
    """
    train_key, draw_key, loss_key = jax.random.split(key, 3)
    structure = eqx.partition(learner, eqx.is_inexact_array)[1]
    train_step = make_step(structure, family, standardizer, config)
    validate = make_validation(structure, config)
    held_out = sample_batch_jit(
        family if validation is None else validation,
        standardizer,
        draw_key,
        config.validation_tasks,
        config.examples_per_task,
    )
    return TrainingProgram(
        lambda state: train_step(state, train_key),
        lambda parameters: validate(parameters, held_out, loss_key),
    )


def run_steps(
    build: Callable[[], TrainingProgram],
    learner: Model,
    trainer_state: TrainerState,
    config: RunConfig,
) -> Iterator[TrainLog[Model]]:
    """Take the remaining steps of a run.

    Args:
        build: Function that builds the program; it is not called for a finished run.
        learner: Learner to train.
        trainer_state: State to start from.
        config: Settings of the run.

    Yields:
        Log of the steps since the previous one.

    Raises:
        DivergenceError: The loss is no longer a finite number.
    """
    step = int(trainer_state.state.step)
    if step == config.steps or _has_stopped(trainer_state, config):
        return  # before compilation, which a finished run does not need
    program = build()
    trainer_state = eqx.tree_at(lambda s: s.state, trainer_state, replicate(trainer_state.state))
    losses = []
    while step < config.steps and not _has_stopped(trainer_state, config):
        state, loss = program.train_step(trainer_state.state)
        trainer_state = eqx.tree_at(lambda s: s.state, trainer_state, state)
        losses.append(loss)
        step += 1
        is_last = step == config.steps
        validate_now = is_last or step % config.validate_every == 0
        checkpoint_due = is_last or step % config.checkpoint_every == 0
        if not (validate_now or checkpoint_due or step % config.log_every == 0):
            continue
        mean_loss = _finite_mean(losses, step, config)
        losses = []
        validation_loss = None
        if validate_now:
            validation_loss = float(program.validation_loss(trainer_state.state.parameters))
            trainer_state = _update_best(trainer_state, validation_loss, config)
        yield TrainLog(
            step,
            mean_loss,
            validation_loss,
            checkpoint_due or _has_stopped(trainer_state, config),
            trainer_state,
            select_learner(learner, trainer_state, config),
        )


def init_trainer_state(
    learner: eqx.Module, optimizer: optax.GradientTransformation
) -> TrainerState:
    """Return the state before the first step.

    Args:
        learner: Learner to train.
        optimizer: Optimizer of its parameters.
    """
    state = init_train_state(learner, optimizer)
    return TrainerState(
        state, copy_tree(state.parameters), jnp.asarray(jnp.inf), jnp.zeros((), jnp.int32)
    )


def select_learner(learner: Model, trainer_state: TrainerState, config: RunConfig) -> Model:
    """Return the learner with its newest parameters, or the best if `patience` is set.

    Args:
        learner: Learner of the right structure.
        trainer_state: State with the parameters.
        config: Settings of the run.
    """
    newest, best = trainer_state.state.parameters, trainer_state.best_parameters
    selected = newest if config.patience is None else best
    return eqx.combine(copy_tree(selected), eqx.partition(learner, eqx.is_inexact_array)[1])


def _update_best(trainer_state: TrainerState, loss: float, config: RunConfig) -> TrainerState:
    if config.patience is None:
        return trainer_state
    if loss < float(trainer_state.best_loss):
        best = copy_tree(trainer_state.state.parameters)
        return TrainerState(trainer_state.state, best, jnp.asarray(loss), jnp.zeros((), jnp.int32))
    return eqx.tree_at(
        lambda s: s.num_bad_validations, trainer_state, trainer_state.num_bad_validations + 1
    )


def _has_stopped(trainer_state: TrainerState, config: RunConfig) -> bool:
    return config.patience is not None and int(trainer_state.num_bad_validations) >= config.patience


def _finite_mean(losses: list[Array], step: int, config: RunConfig) -> float:
    values = np.asarray(jax.device_get(losses), float)
    broken = np.flatnonzero(~np.isfinite(values))
    if broken.size:
        first = step - len(values) + 1 + int(broken[0])
        raise DivergenceError(
            f"The loss is {values[broken[0]]} at step {first}; try a learning rate below "
            f"{config.learning_rate:g}, some warmup_steps or a smaller max_grad_norm."
        )
    return float(values.mean())
