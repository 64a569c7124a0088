"""Settings of a training run, and the optimizer that they describe."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import optax

from yingshe._validation import check_min
from yingshe.errors import UserError


@dataclass(frozen=True)
class RunConfig(ABC):
    """Settings that every training run has: length, optimizer, logging and checkpoints."""

    steps: int = 2000
    """Number of training steps."""
    optimizer: Literal["sgd", "momentum", "adam", "adamw"] = "adam"
    """Optimizer; "sgd" is exactly W ← W - η ∇L."""
    learning_rate: float = 1e-3
    """Peak learning rate η."""
    lr_schedule: Literal["constant", "cosine", "linear"] = "cosine"
    """Decay of the learning rate to zero after the warm-up; "constant" does not decay."""
    warmup_steps: int = 0
    """Number of steps of linear learning-rate warm-up."""
    momentum: float = 0.9
    """Momentum coefficient; used by optimizer="momentum" only."""
    weight_decay: float = 1e-4
    """Weight decay; used by optimizer="adamw" only."""
    max_grad_norm: float | None = 1.0
    """Maximum global norm of the gradient, None for no limit; "sgd" is never clipped."""
    validate_every: int = 200
    """Number of steps between validations on held-out tasks."""
    patience: int | None = None
    """Number of validations without improvement after which training stops and returns the best
    learner; None to never stop early."""
    log_every: int = 50
    """Number of steps between logs of the training loss."""
    checkpoint_every: int = 500
    """Number of steps between checkpoints, where a run directory is given."""

    def __post_init__(self):
        for name in ("steps", "validate_every", "log_every", "checkpoint_every"):
            check_min(name, getattr(self, name), 1)
        check_min("warmup_steps", self.warmup_steps, 0)
        if self.patience is not None:
            check_min("patience", self.patience, 1)
        if not self.learning_rate > 0:
            raise UserError(f"learning_rate must be above 0, got {self.learning_rate}.")
        self.validate()

    @abstractmethod
    def validate(self) -> None:
        """Check the settings that one kind of run adds.

        Raises:
            UserError: A setting is out of range.
        """


@dataclass(frozen=True)
class TrainConfig(RunConfig):
    """Settings of meta-training over a task family."""

    tasks_per_step: int = 64
    """Number of tasks drawn for each step (meta-batch size)."""
    examples_per_task: int = 40
    """Number of pairs drawn of each task; a recorded task with fewer gives all it has."""
    objective: Literal["prequential", "support_query"] = "prequential"
    """Training loss: predict every pair from those before it, or observe k pairs and predict the
    others."""
    shot_range: tuple[int, int] = (1, 10)
    """Smallest and largest k of "support_query"; k is drawn anew for each task."""
    validation_tasks: int = 256
    """Number of held-out tasks in a validation; the same ones each time."""

    def validate(self) -> None:
        for name in ("tasks_per_step", "examples_per_task", "validation_tasks"):
            check_min(name, getattr(self, name), 1)
        low, high = self.shot_range
        if self.objective == "support_query" and not 0 <= low <= high < self.examples_per_task:
            raise UserError(
                f"shot_range must be (low, high) with 0 ≤ low ≤ high < examples_per_task = "
                f"{self.examples_per_task}, so that query pairs are left; got {self.shot_range}."
            )


def make_optimizer(config: RunConfig, *, updates: int = 1) -> optax.GradientTransformation:
    """Build the Optax optimizer of a run.

    Args:
        config: Settings of the run.
        updates: Number of parameter updates in one training step.

    Returns:
        Gradient transformation with schedule and clipping.
    """
    after = max(config.steps - config.warmup_steps, 1) * updates
    rate = {
        "constant": optax.constant_schedule(config.learning_rate),
        "cosine": optax.cosine_decay_schedule(config.learning_rate, after),
        "linear": optax.linear_schedule(config.learning_rate, 0.0, after),
    }[config.lr_schedule]
    if config.warmup_steps:
        rise = optax.linear_schedule(0.0, config.learning_rate, config.warmup_steps * updates)
        rate = optax.join_schedules([rise, rate], [config.warmup_steps * updates])
    if config.optimizer == "sgd":
        return optax.sgd(rate)
    rule = {
        "momentum": lambda: optax.sgd(rate, momentum=config.momentum),
        "adam": lambda: optax.adam(rate),
        "adamw": lambda: optax.adamw(rate, weight_decay=config.weight_decay),
    }[config.optimizer]()
    if config.max_grad_norm is None:
        return rule
    return optax.chain(optax.clip_by_global_norm(config.max_grad_norm), rule)
