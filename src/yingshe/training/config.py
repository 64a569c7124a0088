"""What a meta-training run is told."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import optax

from yingshe._validation import check_min
from yingshe.errors import UserError


@dataclass(frozen=True)
class RunConfig(ABC):
    """What every run is told: how long it is, its optimizer, and what is reported."""

    steps: int = 2000
    """Steps of training."""
    optimizer: Literal["sgd", "momentum", "adam", "adamw"] = "adam"
    """"sgd" is exactly W ← W - η ∇L."""
    learning_rate: float = 1e-3
    """η, at its largest."""
    lr_schedule: Literal["constant", "cosine", "linear"] = "cosine"
    """How η falls to zero over the run, after the warm-up; "constant" does not fall."""
    warmup_steps: int = 0
    """Steps over which η rises from zero."""
    momentum: float = 0.9
    """Of "momentum"."""
    weight_decay: float = 1e-4
    """Of "adamw"."""
    max_grad_norm: float | None = 1.0
    """Largest global norm of the gradient, None for no limit; "sgd" is never clipped."""
    validate_every: int = 200
    """Steps between validations on held-out tasks."""
    patience: int | None = None
    """Stop after this many validations without a better one, and keep the best; None: never."""
    log_every: int = 50
    """Steps between reports of the training loss."""
    checkpoint_every: int = 500
    """Steps between checkpoints, where a run folder is given."""

    def __post_init__(self):
        for name in ("steps", "validate_every", "log_every", "checkpoint_every"):
            check_min(name, getattr(self, name), 1)
        check_min("warmup_steps", self.warmup_steps, 0)
        if self.patience is not None:
            check_min("patience", self.patience, 1)
        if not self.learning_rate > 0:
            raise UserError(f"learning_rate is {self.learning_rate}; it must be above 0.")
        self.validate()

    @abstractmethod
    def validate(self):
        """Raises UserError where the settings of one kind of run make no sense."""


@dataclass(frozen=True)
class TrainConfig(RunConfig):
    """A meta-training run: how long, on what loss, by which optimizer, and what is reported."""

    tasks_per_step: int = 64
    """Tasks drawn for each step."""
    examples_per_task: int = 40
    """Pairs drawn of each task; a recorded task with fewer gives all it has."""
    objective: Literal["prequential", "support_query"] = "prequential"
    """Predict every pair from those before it; or read k pairs and predict the others."""
    shot_range: tuple[int, int] = (1, 10)
    """Smallest and largest k of "support_query"; k is drawn anew for each task."""
    validation_tasks: int = 256
    """Held-out tasks in a validation; the same ones each time."""

    def validate(self):
        for name in ("tasks_per_step", "examples_per_task", "validation_tasks"):
            check_min(name, getattr(self, name), 1)
        low, high = self.shot_range
        if self.objective == "support_query" and not 0 <= low <= high < self.examples_per_task:
            raise UserError(
                f"shots are {low} to {high} of {self.examples_per_task} pairs; there must be 0 ≤ smallest ≤ "
                "largest < pairs, so that pairs are left to be judged on."
            )


def make_optimizer(config: RunConfig, *, updates: int = 1) -> optax.GradientTransformation:
    """The Optax optimizer of a run, which takes so many updates a step."""
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
