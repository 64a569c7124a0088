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
from yingshe.scaling import Scaling
from yingshe.tasks import Family
from yingshe.training.config import RunConfig, TrainConfig, make_optimiser
from yingshe.training.step import (
    TrainState,
    draw_once,
    first_state,
    make_step,
    make_validation,
    on_every_device,
    own,
)

Trained = TypeVar("Trained", bound=eqx.Module)
"""What a course trains: mostly a `Learner`."""


class DivergenceError(UserError):
    """The loss is no longer a finite number."""


class Progress(eqx.Module):
    """All that a resumed run needs: the training state and what early stopping remembers."""

    state: TrainState
    best_parameters: PyTree[Array]
    best_loss: Array
    stale: Array  # validations since the best one


class Course(NamedTuple):
    """What a run consists of."""

    take_step: Callable[[TrainState], tuple[TrainState, Float[Array, ""]]]
    """The state after one more step, and its loss. The state that is given may be donated."""
    validate: Callable[[PyTree[Array]], Float[Array, ""] | float]
    """How good parameters are on what training does not see; less is better."""


@dataclass(frozen=True)
class Report(Generic[Trained]):
    """What the loop yields."""

    step: int
    loss: float
    """Mean training loss since the last report."""
    validation_loss: float | None
    """On held-out tasks, where this step is one of validation."""
    checkpoint_due: bool
    progress: Progress
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
    scaling: Scaling | None = None,
    resume_from: Progress | None = None,
) -> Iterator[Report[Learner]]:
    """Meta-train `learner` on tasks drawn from `family`, validate on tasks drawn from `validation`.

    A run resumed from a yielded `Progress` goes on bit by bit as the uninterrupted one would have.
    `scaling` brings drawn pairs into the learner's units. Raises DivergenceError.
    """

    def course() -> Course:
        train_key, draw_key, loss_key = jax.random.split(key, 3)
        structure = eqx.partition(learner, eqx.is_inexact_array)[1]
        take_step = make_step(structure, family, scaling, config)
        validate = make_validation(structure, config)
        judged_on = family if validation is None else validation
        held_out = draw_once(judged_on, scaling, draw_key, config.validation_tasks, config.pairs)
        return Course(
            lambda state: take_step(state, train_key),
            lambda parameters: validate(parameters, held_out, loss_key),
        )

    progress = start(learner, make_optimiser(config)) if resume_from is None else resume_from
    return follow(course, learner, progress, config)


def follow(
    make_course: Callable[[], Course], learner: Trained, progress: Progress, config: RunConfig
) -> Iterator[Report[Trained]]:
    """Take the steps of any course that are still to be taken. Raises DivergenceError."""
    taken = int(progress.state.step)
    if taken == config.steps or _is_stale(progress, config):
        return  # before anything is compiled: a finished run is only read back
    course = make_course()
    progress = eqx.tree_at(lambda p: p.state, progress, on_every_device(progress.state))
    losses = []
    while taken < config.steps and not _is_stale(progress, config):
        state, loss = course.take_step(progress.state)
        progress = eqx.tree_at(lambda p: p.state, progress, state)
        losses.append(loss)
        taken += 1
        last = taken == config.steps
        validate_now = last or taken % config.validate_every == 0
        checkpoint_due = last or taken % config.checkpoint_every == 0
        if not (validate_now or checkpoint_due or taken % config.report_every == 0):
            continue
        mean_loss = _finite_mean(losses, taken, config)
        losses = []
        validation_loss = None
        if validate_now:
            validation_loss = float(course.validate(progress.state.parameters))
            progress = _remember_best(progress, validation_loss, config)
        yield Report(
            taken,
            mean_loss,
            validation_loss,
            checkpoint_due or _is_stale(progress, config),
            progress,
            kept_learner(learner, progress, config),
        )


def start(learner: eqx.Module, optimiser: optax.GradientTransformation) -> Progress:
    """The progress before the first step."""
    state = first_state(learner, optimiser)
    return Progress(state, own(state.parameters), jnp.asarray(jnp.inf), jnp.zeros((), jnp.int32))


def kept_learner(learner: Trained, progress: Progress, config: RunConfig) -> Trained:
    """`learner` with the parameters to keep: the best by validation if `patience` is set."""
    keep = progress.state.parameters if config.patience is None else progress.best_parameters
    return eqx.combine(own(keep), eqx.partition(learner, eqx.is_inexact_array)[1])


def _remember_best(progress: Progress, loss: float, config: RunConfig) -> Progress:
    if config.patience is None:
        return progress
    if loss < float(progress.best_loss):
        best = own(progress.state.parameters)
        return Progress(progress.state, best, jnp.asarray(loss), jnp.zeros((), jnp.int32))
    return eqx.tree_at(lambda p: p.stale, progress, progress.stale + 1)


def _is_stale(progress: Progress, config: RunConfig) -> bool:
    return config.patience is not None and int(progress.stale) >= config.patience


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
