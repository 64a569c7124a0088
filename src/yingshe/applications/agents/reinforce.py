"""Meta-training of agents from start to finish: the calls behind `yingshe train bandit`."""

import dataclasses
import os
from collections.abc import Callable, Mapping
from typing import Any

import jax
from jaxtyping import PRNGKeyArray

from yingshe.applications.agents import imitation, ppo
from yingshe.applications.agents.environments import ENVIRONMENTS
from yingshe.applications.agents.environments.base import EnvironmentFamily
from yingshe.applications.agents.imitation import ImitationConfig
from yingshe.applications.agents.play import AnyFamily, Player
from yingshe.applications.agents.ppo import Assembly, PPOConfig, Step, make_validation
from yingshe.applications.agents.reading import check_fits
from yingshe.learners import Learner
from yingshe.training._meta_train import join_standardizer, split_standardizer
from yingshe.training.config import make_optimizer
from yingshe.training.loop import TrainingProgram, init_trainer_state
from yingshe.training.run_config import base_config, registry_name
from yingshe.training.runner import run_training

_DEFAULT, _IMITATION = PPOConfig(), ImitationConfig()


def reinforce(
    learner: Learner,
    family: AnyFamily,
    config: PPOConfig = _DEFAULT,
    *,
    key: PRNGKeyArray,
    run_dir: str | os.PathLike | None = None,
    progress: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Learner:
    """Train a learner to act in environments of a family, by reinforcement over whole trials.

    ```python
    family = Bandit(arms=5, pulls=10)
    learner = ys.learners.GRU(**dimensions(family), hidden=32, key=jax.random.key(0))
    learner = reinforce(learner, family, key=jax.random.key(1), progress=True)
    ```

    A run folder keeps and resumes it as that of `ys.meta_train` does; the loss in its metrics is
    minus the return of a trial.

    After Duan et al., RL²: Fast Reinforcement Learning via Slow Reinforcement Learning, 2016, and
    Wang et al., Learning to Reinforcement Learn, 2016, with PPO in place of their outer algorithms.

    Raises UserError where learner and environments do not fit, and what `ys.meta_train` raises.
    """
    return _train(
        learner,
        family,
        config,
        lambda assemble: ppo.make_step(assemble, family, config),
        updates=config.epochs * config.minibatches,
        teacher=None,
        key=key,
        run_dir=run_dir,
        progress=progress,
        metadata=metadata,
    )


def imitate(
    learner: Learner,
    family: EnvironmentFamily,
    teacher: Player,
    config: ImitationConfig = _IMITATION,
    *,
    key: PRNGKeyArray,
    run_dir: str | os.PathLike | None = None,
    progress: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Learner:
    """Train a learner to act as a teacher would, wherever the learner itself has come to.

    What comes back knows its value too, and so is a start for `reinforce`. Arguments and run
    folder are those of `reinforce`; the loss is the cross-entropy of the teacher's actions.

    After Ross, Gordon and Bagnell, A Reduction of Imitation Learning and Structured Prediction to
    No-Regret Online Learning (DAgger), 2011.
    """
    return _train(
        learner,
        family,
        config,
        lambda assemble: imitation.make_step(assemble, family, teacher, config),
        updates=1,
        teacher=repr(jax.tree.structure(teacher)),
        key=key,
        run_dir=run_dir,
        progress=progress,
        metadata=metadata,
    )


def _train(
    learner: Learner,
    family: AnyFamily,
    config: PPOConfig | ImitationConfig,
    make_step: Callable[[Assembly], Step],
    *,
    updates: int,
    teacher: str | None,
    key: PRNGKeyArray,
    run_dir: str | os.PathLike | None,
    progress: bool,
    metadata: Mapping[str, Any] | None,
) -> Learner:
    """A run of steps that take so many updates each."""
    inner, standardizer = split_standardizer(learner, family)
    check_fits(inner, family)

    def build() -> TrainingProgram:
        train_key, validate_key = jax.random.split(key)
        assemble = Assembly.of(inner, standardizer)
        train_step = make_step(assemble)
        validate = make_validation(assemble, family, config.validation_trials)
        return TrainingProgram(
            lambda s: train_step(s, train_key), lambda p: validate(p, validate_key)
        )

    return run_training(
        inner,
        build,
        config,
        initial_state=init_trainer_state(inner, make_optimizer(config, updates=updates)),
        finalize=lambda trained: join_standardizer(trained, standardizer),
        run_config=lambda: {
            "environments": describe_environments(family),
            "teacher": teacher,
            **base_config(inner, config, key=key),
        },
        run_dir=run_dir,
        progress=progress,
        # What an agent in hand has to know of its trials.
        metadata={"trial_steps": family.trial_steps, **(metadata or {})},
    )


def describe_environments(family: AnyFamily) -> dict[str, Any]:
    """Its name in ENVIRONMENTS and its options; of Gymnasium's, its id and its trials."""
    if not isinstance(family, EnvironmentFamily):
        options = {"episodes": family.episodes, "episode_steps": family.episode_steps}
        return {"name": getattr(family, "name", type(family).__name__), "options": options}
    options = {
        field.name: getattr(family, field.name)
        for field in dataclasses.fields(family)
        if field.init
    }
    return {"name": registry_name(ENVIRONMENTS, family), "options": options}
