"""Meta-training of agents: reinforcement learning with PPO, and imitation with DAgger."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import jax
from jaxtyping import PRNGKeyArray

from yingshe.applications.agents import dagger, ppo
from yingshe.applications.agents._encoding import check_fits
from yingshe.applications.agents.baselines.reference_policies import Memoryless
from yingshe.applications.agents.dagger import DAggerConfig
from yingshe.applications.agents.environments.base import EnvDistribution
from yingshe.applications.agents.ppo import (
    LearnerFactory,
    PPOConfig,
    TrainStep,
    make_validation,
)
from yingshe.applications.agents.rollout import AnyEnvDistribution
from yingshe.applications.agents.tasks import describe_environments
from yingshe.applications.policy import Policy
from yingshe.learners import Learner
from yingshe.training._meta_train import join_standardizer, split_standardizer
from yingshe.training.config import make_optimizer
from yingshe.training.loop import TrainingProgram, init_trainer_state
from yingshe.training.run_config import base_config
from yingshe.training.runner import run_training

_DEFAULT_PPO, _DEFAULT_DAGGER = PPOConfig(), DAggerConfig()


def train_ppo(
    learner: Learner,
    env_distribution: AnyEnvDistribution,
    config: PPOConfig = _DEFAULT_PPO,
    *,
    key: PRNGKeyArray,
    run_dir: str | os.PathLike | None = None,
    progress: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Learner:
    """Train a learner with PPO to maximize the return of full trials.

    ```python
    bandit = Bandit(num_arms=5, horizon=10)
    learner = ys.learners.GRU(**learner_dims(bandit), hidden=32, key=jax.random.key(0))
    learner = train_ppo(learner, bandit, key=jax.random.key(1), progress=True)
    ```

    A run directory is written and resumed as by `ys.meta_train`; the loss in its metrics is minus
    the return of a trial.

    Args:
        learner: Learner to train, with the dimensions of `learner_dims(env_distribution)`.
        env_distribution: Environments to train in.
        config: Settings of PPO.
        key: PRNG key of the run. The same key and settings give the same learner.
        run_dir: Directory of the run's config, metrics, checkpoints and trained learner.
        progress: Show a progress bar on the standard error.
        metadata: Free-form JSON to store with the learner.

    Returns:
        The trained learner; the given one does not change.

    Raises:
        UserError: The learner does not fit the environments, or the run directory is another run's.
        DivergenceError: The loss is not finite.

    References:
        Duan et al., RL²: Fast Reinforcement Learning via Slow Reinforcement Learning, 2016. Wang et
        al., Learning to Reinforcement Learn, 2016. Schulman et al., Proximal Policy Optimization
        Algorithms, 2017.
    """
    return _train(
        learner,
        env_distribution,
        config,
        lambda build_learner: ppo.make_step(build_learner, env_distribution, config),
        updates=config.n_epochs * config.num_minibatches,
        expert=None,
        key=key,
        run_dir=run_dir,
        progress=progress,
        metadata=metadata,
    )


def train_dagger(
    learner: Learner,
    env_distribution: EnvDistribution,
    expert: Policy,
    config: DAggerConfig = _DEFAULT_DAGGER,
    *,
    key: PRNGKeyArray,
    run_dir: str | os.PathLike | None = None,
    progress: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Learner:
    """Train a learner with DAgger to act as an expert does in the states that the learner visits.

    The trained learner also predicts values, so that `train_ppo` can start from it. The loss in the
    metrics is the cross-entropy of the expert's actions plus the value loss.

    Args:
        learner: Learner to train, with the dimensions of `learner_dims(env_distribution)`.
        env_distribution: Environments to train in.
        expert: Policy to imitate, such as one of `baselines.experts(env_distribution)`.
        config: Settings of DAgger.
        key: PRNG key of the run. The same key and settings give the same learner.
        run_dir: Directory of the run's config, metrics, checkpoints and trained learner.
        progress: Show a progress bar on the standard error.
        metadata: Free-form JSON to store with the learner.

    Returns:
        The trained learner; the given one does not change.

    Raises:
        UserError: The learner does not fit the environments, or the run directory is another run's.
        DivergenceError: The loss is not finite.

    References:
        Ross, Gordon and Bagnell, A Reduction of Imitation Learning and Structured Prediction to
        No-Regret Online Learning (DAgger), 2011.
    """
    return _train(
        learner,
        env_distribution,
        config,
        lambda build_learner: dagger.make_step(build_learner, env_distribution, expert, config),
        updates=1,
        expert=repr(jax.tree.structure(expert)),
        key=key,
        run_dir=run_dir,
        progress=progress,
        metadata=metadata,
    )


def _train(
    learner: Learner,
    env_distribution: AnyEnvDistribution,
    config: PPOConfig | DAggerConfig,
    make_step: Callable[[LearnerFactory], TrainStep],
    *,
    updates: int,
    expert: str | None,
    key: PRNGKeyArray,
    run_dir: str | os.PathLike | None,
    progress: bool,
    metadata: Mapping[str, Any] | None,
) -> Learner:
    """Run training steps that take `updates` optimizer updates each."""
    inner, standardizer = split_standardizer(learner, env_distribution)
    check_fits(inner, env_distribution)

    def build_program() -> TrainingProgram:
        train_key, validation_key = jax.random.split(key)
        build_learner = LearnerFactory.from_learner(inner, standardizer)
        train_step = make_step(build_learner)
        validate = make_validation(build_learner, env_distribution, config.validation_trials)
        return TrainingProgram(
            lambda state: train_step(state, train_key),
            lambda parameters: validate(parameters, validation_key),
        )

    return run_training(
        inner,
        build_program,
        config,
        initial_state=init_trainer_state(inner, make_optimizer(config, updates=updates)),
        finalize=lambda trained: join_standardizer(_without_wrapper(trained), standardizer),
        run_config=lambda: {
            "environments": describe_environments(env_distribution),
            "expert": expert,
            **base_config(_without_wrapper(inner), config, key=key),
            **({"memoryless": True} if isinstance(inner, Memoryless) else {}),
        },
        run_dir=run_dir,
        progress=progress,
        # An agent needs the number of steps to compute the elapsed fraction.
        metadata={"trial_steps": env_distribution.trial_steps, **(metadata or {})},
    )


def _without_wrapper(learner: Learner) -> Learner:
    """Return the learner inside of `Memoryless`, which is what a file can hold."""
    return learner.inner if isinstance(learner, Memoryless) else learner
