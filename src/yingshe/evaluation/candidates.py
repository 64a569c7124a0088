"""What `compare` compares: a learner and how it is trained, and the variants default_variants one."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners import Learner, StandardizedLearner, hyperparameters
from yingshe.tasks import Family
from yingshe.tasks.base import HasStandardizer
from yingshe.training import DivergenceError, TrainConfig, train
from yingshe.training._step import make_validation, sample_batch_jit
from yingshe.training.config import make_optimizer

WIDTHS = ("features", "width", "hidden", "channels")
"""Options of learners that say how wide they are."""

_POINTS = 20  # of a loss curve


@dataclass(frozen=True)
class Candidate:
    """A learner, as it is before training, and how it is to be trained."""

    name: str
    learner: Learner
    config: TrainConfig


@dataclass(frozen=True)
class Run:
    """A candidate after its budget, with one seed."""

    learner: Learner | None
    """None where the loss was no longer a finite number."""
    losses: tuple[tuple[int, float], ...]
    """(steps taken, loss on held-out tasks), from before the first step on."""
    seconds: float
    """Of wall clock, with compilation."""


def default_variants(candidate: Candidate, *, key: PRNGKeyArray) -> tuple[Candidate, ...]:
    """The candidate itself, a third and three times its learning rate, another optimizer, and half
    and double its width: what the three questions of `compare` need to be answered.

    A learner without a width (`RLS` with no learned features, say) gets no variants of it.
    """
    config = candidate.config
    other = "momentum" if config.optimizer in ("adam", "adamw") else "adam"
    variants = [
        candidate,
        _with(candidate, "rate ÷ 3", learning_rate=config.learning_rate / 3),
        _with(candidate, "rate × 3", learning_rate=config.learning_rate * 3),
        _with(candidate, other, optimizer=other),
    ]
    for label, factor in (("half width", 0.5), ("double width", 2.0)):
        learner = resized(candidate.learner, factor, key=key)
        if learner is not None:
            name = f"{candidate.name}, {label}"
            variants.append(replace(candidate, name=name, learner=learner))
    return tuple(variants)


def resized(learner: Learner, factor: float, *, key: PRNGKeyArray) -> Learner | None:
    """A new learner with every option of `WIDTHS` multiplied, at least 1; None if none is there."""
    options = hyperparameters(inner(learner))
    wider = {
        name: jax.tree.map(lambda width: max(1, round(factor * width)), value)
        for name, value in options.items()
        if name in WIDTHS and value
    }
    return _rebuilt(learner, options | wider, key) if wider else None


def parameter_count(learner: Learner) -> int:
    """How many numbers training adjusts."""
    leaves = jax.tree.leaves(eqx.filter(inner(learner), eqx.is_inexact_array))
    return sum(leaf.size for leaf in leaves)


def by_learning_rate(
    losses: tuple[tuple[int, float], ...], config: TrainConfig
) -> tuple[tuple[float, float], ...]:
    """(steps, loss) as (sum of the learning rates of these steps, loss).

    Where the rate falls to zero, so does the loss's slope, settled or not; this undoes it.
    """
    # Plain SGD moves by the learning rate against a gradient of 1: that reads off any schedule.
    rule = make_optimizer(replace(config, optimizer="sgd"))

    def step(state, _):
        update, state = rule.update(jnp.ones(()), state)
        return state, -jnp.asarray(update)

    rates = jax.lax.scan(step, rule.init(jnp.zeros(())), None, length=config.steps)[1]
    total = np.concatenate([[0.0], np.cumsum(np.asarray(rates, float))])
    return tuple((float(total[steps]), loss) for steps, loss in losses)


def check_budgets(candidates: tuple[Candidate, ...]) -> None:
    """Raises UserError unless names differ, and steps, tasks and pairs are the same for all."""
    names = [c.name for c in candidates]
    if not names or len(set(names)) < len(names):
        raise UserError(f"The candidates are {names}; give at least one, each its own name.")
    budgets = {
        c.name: (c.config.steps, c.config.tasks_per_step, c.config.examples_per_task)
        for c in candidates
    }
    if len(set(budgets.values())) > 1:
        told = "; ".join(f"{name}: {s} × {t} × {p}" for name, (s, t, p) in budgets.items())
        raise UserError(
            f"Candidates are compared on equal budgets, but steps × tasks × pairs are {told}."
        )


def run(
    candidate: Candidate,
    family: Family,
    held_out: Family,
    *,
    key: PRNGKeyArray,
    on_progress: Callable[[int], None] | None = None,
) -> Run:
    """Train a candidate for all its steps, with parameters and tasks drawn by `key`.

    The loss is followed on tasks drawn from `held_out`. Nothing stops early: budgets stay equal.
    """
    began = time.monotonic()
    build_key, train_key, draw_key, loss_key = jax.random.split(key, 4)
    built = _rebuilt(candidate.learner, hyperparameters(inner(candidate.learner)), build_key)
    learner, standardizer = (
        inner(built),
        built.standardizer if isinstance(built, StandardizedLearner) else None,
    )
    if standardizer is None and isinstance(family, HasStandardizer):
        standardizer = family.standardizer
    every = max(1, candidate.config.steps // _POINTS)
    config = replace(
        candidate.config, patience=None, log_every=every, validate_every=candidate.config.steps
    )
    tasks = sample_batch_jit(
        held_out, standardizer, draw_key, config.validation_tasks, config.examples_per_task
    )
    structure = eqx.partition(learner, eqx.is_inexact_array)[1]
    validate = make_validation(structure, config)

    def loss_of(learner: Learner) -> float:
        parameters = eqx.filter(learner, eqx.is_inexact_array)
        return float(validate(parameters, tasks, loss_key))

    losses = [(0, loss_of(learner))]
    try:
        for report in train(learner, family, config, key=train_key, standardizer=standardizer):
            learner = report.learner
            losses.append((report.step, loss_of(learner)))
            if on_progress is not None:
                on_progress(report.step)
    except DivergenceError:
        return Run(None, tuple(losses), time.monotonic() - began)
    seconds = time.monotonic() - began
    finite = np.isfinite(losses[-1][1])
    trained = learner if standardizer is None else StandardizedLearner(learner, standardizer)
    return Run(trained if finite else None, tuple(losses), seconds)


def _with(candidate: Candidate, label: str, **changes) -> Candidate:
    name = f"{candidate.name}, {label}"
    return replace(candidate, name=name, config=replace(candidate.config, **changes))


def inner(learner: Learner) -> Learner:
    """The learner itself, without the standardizer default_variants it."""
    return learner.inner if isinstance(learner, StandardizedLearner) else learner


def _rebuilt(learner: Learner, options: dict, key: PRNGKeyArray) -> Learner:
    build = cast(Callable[..., Learner], type(inner(learner)))
    new = build(**options, key=key)
    return (
        StandardizedLearner(new, learner.standardizer)
        if isinstance(learner, StandardizedLearner)
        else new
    )
