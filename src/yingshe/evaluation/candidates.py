"""Candidates of `compare`: a learner with its training config, variants of it, and its training."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from yingshe.errors import UserError
from yingshe.evaluation.bootstrap import Interval
from yingshe.learners import Learner, StandardizedLearner, hyperparameters
from yingshe.learners._unwrap import unwrap
from yingshe.tasks import Family
from yingshe.training import DivergenceError, TrainConfig, train
from yingshe.training._meta_train import split_standardizer
from yingshe.training._step import make_validation, sample_batch_jit
from yingshe.training.config import make_optimizer

WIDTHS = ("num_features", "width", "hidden", "embed_dim")
"""Arguments of learners that set their width."""

_POINTS = 20  # of a loss curve


@dataclass(frozen=True)
class Candidate:
    """Learner before training, and the config to train it with."""

    name: str
    """Name in the comparison."""
    learner: Learner
    """Learner; its parameters are drawn anew for each seed."""
    config: TrainConfig
    """Settings of its training."""


@dataclass(frozen=True)
class CandidateResult:
    """Result of a candidate that was trained on its budget."""

    name: str
    """Name of the candidate."""
    learner: str
    """Class of its learner."""
    options: dict[str, Any]
    """Constructor arguments of its learner."""
    optimizer: str
    """Optimizer of its training."""
    learning_rate: float
    """Peak learning rate of its training."""
    parameters: int
    """Number of parameters."""
    seconds: float
    """Training time with one seed in seconds, compilation included."""
    losses: tuple[tuple[int, float], ...]
    """Loss curve of the first seed: (steps, loss on held-out tasks)."""
    error: Interval | None
    """Error at the largest shot count, mean over seeds; None where training diverged."""
    errors_by_seed: tuple[float, ...]
    """Error at the largest shot count for each seed."""
    test_over_train: Interval | None
    """Error on meta-test tasks divided by that on meta-train tasks, where these differ."""


class TrainedCandidate(NamedTuple):
    """Candidate after training with one seed."""

    learner: Learner | None
    """Trained learner; None where the loss was not finite."""
    losses: tuple[tuple[int, float], ...]
    """Loss curve from step 0 on: (steps, loss on held-out tasks)."""
    seconds: float
    """Wall-clock time in seconds, compilation included."""


def default_variants(candidate: Candidate, *, key: PRNGKeyArray) -> tuple[Candidate, ...]:
    """Make the variants of a candidate that the three diagnoses of `compare` need.

    These are a third and three times its learning rate, another optimizer, and half and double its
    width. A learner without a width (such as `RLS` without learned features) has no width variants.

    Args:
        candidate: Candidate to vary.
        key: PRNG key of the variants' parameters.

    Returns:
        The candidate and its variants.
    """
    config = candidate.config
    other_optimizer = "momentum" if config.optimizer in ("adam", "adamw") else "adam"
    variants = [
        candidate,
        _vary(candidate, "rate ÷ 3", learning_rate=config.learning_rate / 3),
        _vary(candidate, "rate × 3", learning_rate=config.learning_rate * 3),
        _vary(candidate, other_optimizer, optimizer=other_optimizer),
    ]
    for label, factor in (("half width", 0.5), ("double width", 2.0)):
        learner = scale_width(candidate.learner, factor, key=key)
        if learner is not None:
            name = f"{candidate.name}, {label}"
            variants.append(replace(candidate, name=name, learner=learner))
    return tuple(variants)


def scale_width(learner: Learner, factor: float, *, key: PRNGKeyArray) -> Learner | None:
    """Make a learner of another width.

    Args:
        learner: Learner to vary.
        factor: Factor of every argument in `WIDTHS`; results are at least 1.
        key: PRNG key of the parameters.

    Returns:
        A new learner, or None where the learner has no such argument.
    """
    options = hyperparameters(unwrap(learner))
    scaled = {
        name: jax.tree.map(lambda width: max(1, round(factor * width)), value)
        for name, value in options.items()
        if name in WIDTHS and value
    }
    return _rebuild(learner, options | scaled, key) if scaled else None


def count_parameters(learner: Learner) -> int:
    """Count the numbers that training adjusts.

    Args:
        learner: Any learner.

    Returns:
        The number of parameters.
    """
    leaves = jax.tree.leaves(eqx.filter(unwrap(learner), eqx.is_inexact_array))
    return sum(leaf.size for leaf in leaves)


def losses_vs_cumulative_lr(
    losses: tuple[tuple[int, float], ...], config: TrainConfig
) -> tuple[tuple[float, float], ...]:
    """Convert the steps of a loss curve to the sum of their learning rates.

    Where the learning rate falls to zero, so does the loss's slope, converged or not. This
    conversion removes the effect.

    Args:
        losses: (steps, loss).
        config: Settings of the training.

    Returns:
        (sum of learning rates, loss).
    """
    # With a gradient of 1, an update of plain SGD is minus the learning rate of the schedule.
    rule = make_optimizer(replace(config, optimizer="sgd"))

    def step(state, _):
        update, state = rule.update(jnp.ones(()), state)
        return state, -jnp.asarray(update)

    rates = jax.lax.scan(step, rule.init(jnp.zeros(())), None, length=config.steps)[1]
    total = np.concatenate([[0.0], np.cumsum(np.asarray(rates, float))])
    return tuple((float(total[steps]), loss) for steps, loss in losses)


def check_budgets(candidates: tuple[Candidate, ...]) -> None:
    """Check that candidates have different names and equal budgets.

    Args:
        candidates: Candidates to compare.

    Raises:
        UserError: Names repeat, or steps, tasks or pairs differ.
    """
    names = [c.name for c in candidates]
    if not names or len(set(names)) < len(names):
        raise UserError(f"candidates must be one or more, with different names, got {names}.")
    budgets = {
        c.name: (c.config.steps, c.config.tasks_per_step, c.config.examples_per_task)
        for c in candidates
    }
    if len(set(budgets.values())) > 1:
        listed = "; ".join(f"{name}: {s} × {t} × {p}" for name, (s, t, p) in budgets.items())
        raise UserError(
            "Candidates are compared on equal budgets, but steps × tasks_per_step × "
            f"examples_per_task are {listed}."
        )


def train_candidate(
    candidate: Candidate,
    family: Family,
    held_out: Family,
    *,
    key: PRNGKeyArray,
    on_progress: Callable[[int], None] | None = None,
) -> TrainedCandidate:
    """Train a candidate for all its steps; nothing stops early, so that budgets stay equal.

    Args:
        candidate: Candidate to train.
        family: Distribution of the training tasks.
        held_out: Distribution of the tasks on which the loss is computed.
        key: PRNG key of the parameters and the tasks.
        on_progress: Callback with the number of steps taken, called at intervals.

    Returns:
        The trained learner and its loss curve.
    """
    start_time = time.monotonic()
    build_key, train_key, draw_key, loss_key = jax.random.split(key, 4)
    options = hyperparameters(unwrap(candidate.learner))
    learner, standardizer = split_standardizer(
        _rebuild(candidate.learner, options, build_key), family
    )
    interval = max(1, candidate.config.steps // _POINTS)
    config = replace(
        candidate.config, patience=None, log_every=interval, validate_every=candidate.config.steps
    )
    tasks = sample_batch_jit(
        held_out, standardizer, draw_key, config.validation_tasks, config.examples_per_task
    )
    structure = eqx.partition(learner, eqx.is_inexact_array)[1]
    validate = make_validation(structure, config)

    def compute_loss(learner: Learner) -> float:
        parameters = eqx.filter(learner, eqx.is_inexact_array)
        return float(validate(parameters, tasks, loss_key))

    losses = [(0, compute_loss(learner))]
    try:
        for log in train(learner, family, config, key=train_key, standardizer=standardizer):
            learner = log.learner
            losses.append((log.step, compute_loss(learner)))
            if on_progress is not None:
                on_progress(log.step)
    except DivergenceError:
        return TrainedCandidate(None, tuple(losses), time.monotonic() - start_time)
    seconds = time.monotonic() - start_time
    finite = np.isfinite(losses[-1][1])
    trained = learner if standardizer is None else StandardizedLearner(learner, standardizer)
    return TrainedCandidate(trained if finite else None, tuple(losses), seconds)


def _vary(candidate: Candidate, label: str, **changes) -> Candidate:
    name = f"{candidate.name}, {label}"
    return replace(candidate, name=name, config=replace(candidate.config, **changes))


def _rebuild(learner: Learner, options: dict, key: PRNGKeyArray) -> Learner:
    """Make a learner of the same class and units, with parameters drawn by `key`."""
    build = cast(Callable[..., Learner], type(unwrap(learner)))
    new = build(**options, key=key)
    if isinstance(learner, StandardizedLearner):
        return StandardizedLearner(new, learner.standardizer)
    return new
