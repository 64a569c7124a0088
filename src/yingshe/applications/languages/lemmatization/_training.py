"""Meta-training of a lemmatization learner on the dictionaries of other languages."""

from pathlib import Path

import jax
from rich.console import Console
from rich.progress import Progress

from yingshe.applications.languages.lemmatization.data import TRAIN, VALIDATION
from yingshe.applications.languages.lemmatization.tasks import (
    EXAMPLES_PER_TASK,
    make_tasks,
    new_learner,
)
from yingshe.training import TrainConfig, meta_train


def train_lemmatization_learner(
    run_dir: Path, *, num_tasks: int, steps: int, learning_rate: float, seed: int
) -> None:
    """Meta-train a learner, and select the one with the lowest validation loss.

    Args:
        run_dir: Run directory; a stopped run continues.
        num_tasks: Number of training tasks; a tenth as many are made for validation.
        steps: Number of optimizer steps.
        learning_rate: Peak learning rate.
        seed: Seed of tasks, initialization and training.
    """
    num_validation = max(num_tasks // 10, 1)
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("tasks", total=num_tasks + num_validation)
        family = make_tasks(
            TRAIN,
            num_tasks,
            seed=seed,
            on_progress=lambda done: bar.update(task, completed=done),
        )
        validation = make_tasks(
            VALIDATION,
            num_validation,
            seed=seed,
            permute_probability=0.0,
            reweight_probability=0.0,
            on_progress=lambda done: bar.update(task, completed=num_tasks + done),
        )
    config = TrainConfig(
        steps=steps,
        tasks_per_step=min(8, num_tasks),
        examples_per_task=EXAMPLES_PER_TASK,
        optimizer="adamw",
        weight_decay=0.3,
        learning_rate=learning_rate,
        warmup_steps=50,
        validate_every=200,
        validation_tasks=min(96, num_validation),
        patience=steps,  # trains to the end, and keeps the best learner
    )
    learner_key, train_key = jax.random.split(jax.random.key(seed))
    meta_train(
        new_learner(key=learner_key),
        family,
        config,
        key=train_key,
        validation=validation,
        run_dir=run_dir,
        progress=True,
    )
