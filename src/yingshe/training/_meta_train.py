"""Meta-training from start to finish: the call behind `ys.meta_train`."""

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
from yingshe.training.loop import init_trainer_state, train
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
    """Train a learner over a family of tasks, and return it trained; the given one stays as it was.

    ```python
    learner = ys.learners.RLS(x_dim=1, y_dim=1, key=jax.random.key(0))
    learner = ys.meta_train(learner, ys.tasks.Sinusoid(), key=jax.random.key(1), progress=True)
    ```

    A family of recorded tasks has a `standardizer`: then training runs in standardised units, and the
    learner that comes back is spoken to in the user's own.

    Args:
        learner: what to train, with as many inputs and outputs as the family has.
        family: where training tasks are drawn from.
        config: how long, on what loss, by which optimizer.
        key: seed of all that is drawn. The same key and settings give the same learner.
        validation: where held-out tasks are drawn from; other draws from `family` by default.
        run_dir: a folder to keep config, metrics, checkpoints and the trained learner in. The same call
            with the same folder resumes a run that was killed, and ends bit by bit as if it had not
            been (but not across JAX's persistent compilation cache: a program out of that cache may
            round otherwise than the one just compiled); see `RunDirectory` for its files.
        progress: show a progress bar on the standard error.
        metadata: free-form JSON to keep in the run folder's config and beside the learner.

    Raises:
        UserError: the learner and the family do not fit; the run folder is another run's, is
            foreign or is damaged.
        DivergenceError: the loss is no longer a finite number.

    """
    inner, standardizer = split_standardizer(learner, family)
    _check_dims(inner, family)
    return run_training(
        inner,
        config,
        init_trainer_state(inner, make_optimizer(config)),
        lambda state: train(
            inner,
            family,
            config,
            key=key,
            validation=validation,
            standardizer=standardizer,
            resume_from=state,
        ),
        run_config=lambda: meta_training_config(
            inner, family, config, key=key, validation=validation
        ),
        standardizer=standardizer,
        run_dir=run_dir,
        progress=progress,
        metadata=metadata,
    )


def split_standardizer(learner: Learner, family: Any) -> tuple[Learner, Standardizer | None]:
    """The learner to train and its units; one that was trained before keeps the units it has."""
    if isinstance(learner, StandardizedLearner):
        return learner.inner, learner.standardizer
    if isinstance(family, HasStandardizer):
        return learner, family.standardizer
    return learner, None


def _check_dims(learner: Learner, family: Family) -> None:
    for name, wanted in (("x_dim", family.x_dim), ("y_dim", family.y_dim)):
        if (found := getattr(learner, name)) != wanted:
            raise UserError(
                f"{type(learner).__name__} has {name} = {found} and {type(family).__name__} has "
                f"{name} = {wanted}; make the learner with {name}={wanted}."
            )
