"""Implementation of `ys.meta_train`."""

import os
from collections.abc import Mapping
from typing import Any

from jaxtyping import PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners import Learner, StandardizedLearner
from yingshe.standardizer import Standardizer
from yingshe.tasks import Family
from yingshe.tasks.base import HasStandardizer
from yingshe.training.config import TrainConfig, make_optimizer
from yingshe.training.loop import build_meta_training, init_trainer_state
from yingshe.training.run_config import meta_training_config
from yingshe.training.runner import run_training

_DEFAULT = TrainConfig()


def meta_train(
    learner: Learner,
    family: Family,
    config: TrainConfig = _DEFAULT,
    *,
    key: PRNGKeyArray,
    validation: Family | None = None,
    run_dir: str | os.PathLike | None = None,
    progress: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Learner:
    """Meta-train a learner over a family of tasks; the learner that is passed in stays unchanged.

    ```python
    learner = ys.learners.RLS(x_dim=1, y_dim=1, key=jax.random.key(0))
    learner = ys.meta_train(learner, ys.tasks.Sinusoid(), key=jax.random.key(1), progress=True)
    ```

    A family of recorded tasks has a `standardizer`. Training then runs in standardized units, and
    the learner that is returned takes and predicts the user's own.

    Args:
        learner: Learner to train, with as many inputs and outputs as the family has.
        family: Distribution of the training tasks.
        config: Settings of the run.
        key: PRNG key of everything that is drawn. The same key and settings give the same learner.
        validation: Distribution of the held-out tasks; other draws from `family` by default.
        run_dir: Directory for config, metrics, checkpoints and the trained learner. The same call
            with the same directory resumes a run that was killed, and its result is bit for bit
            that of an uninterrupted run. Exception: with JAX's persistent compilation cache the
            cached program may round differently. See `RunDirectory` for the files.
        progress: Show a progress bar on the standard error.
        metadata: Free-form JSON to keep in the run's config and in the learner's file.

    Returns:
        The trained learner.

    Raises:
        UserError: Learner and family have different dimensions; the run directory belongs to
            another run, holds other files, or is damaged.
        DivergenceError: The loss is no longer a finite number.
    """
    inner, standardizer = split_standardizer(learner, family)
    _check_dims(inner, family)
    return run_training(
        inner,
        lambda: build_meta_training(
            inner, family, config, key=key, validation=validation, standardizer=standardizer
        ),
        config,
        initial_state=init_trainer_state(inner, make_optimizer(config)),
        finalize=lambda trained: join_standardizer(trained, standardizer),
        run_config=lambda: meta_training_config(
            inner, family, config, key=key, validation=validation
        ),
        run_dir=run_dir,
        progress=progress,
        metadata=metadata,
    )


def split_standardizer(learner: Learner, family: Any) -> tuple[Learner, Standardizer | None]:
    """Split a learner into the network to train and its units.

    Args:
        learner: Learner; one that was trained before keeps its units.
        family: Task family, whose units a new learner gets.

    Returns:
        The network and its standardizer, or None without one.
    """
    if isinstance(learner, StandardizedLearner):
        return learner.inner, learner.standardizer
    if isinstance(family, HasStandardizer):
        return learner, family.standardizer
    return learner, None


def join_standardizer(learner: Learner, standardizer: Standardizer | None) -> Learner:
    """Combine a trained network with its units.

    Args:
        learner: The network.
        standardizer: Its units, or None.

    Returns:
        A learner in the user's units.
    """
    return learner if standardizer is None else StandardizedLearner(learner, standardizer)


def _check_dims(learner: Learner, family: Family) -> None:
    for name, expected in (("x_dim", family.x_dim), ("y_dim", family.y_dim)):
        if (actual := getattr(learner, name)) != expected:
            raise UserError(
                f"{type(learner).__name__} has {name} = {actual} and {type(family).__name__} has "
                f"{name} = {expected}; make the learner with {name}={expected}."
            )
