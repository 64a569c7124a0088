"""Fine-tuning of a learner on the demonstrations of one task."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from yingshe.applications.robots.metaworld.control import RoundRobinPolicy
from yingshe.applications.robots.metaworld.data import Demonstration
from yingshe.applications.robots.metaworld.model import ImitationPolicy
from yingshe.applications.robots.metaworld.stall_recovery import (
    StallRecovery,
    StallRecoveryState,
)
from yingshe.applications.robots.metaworld.tasks import (
    NUM_QUERY,
    NUM_SUPPORT,
    LeaveOneOutDemonstrations,
)
from yingshe.learners import Learner
from yingshe.training import TrainConfig, meta_train

_TURN_LENGTH = 1.5  # lengths of a demonstration: success later than that is unlikely


def fine_tune(
    learner: Learner,
    demonstrations: Sequence[Demonstration],
    *,
    key: PRNGKeyArray,
    steps: int = 100,
) -> Learner:
    """Return the learner after more meta-training on these demonstrations alone.

    The objective is that of meta-training: each demonstration is predicted from the others. It
    takes seconds.

    Args:
        learner: Meta-trained learner; it is not changed.
        demonstrations: Demonstrations of one task.
        key: PRNG key.
        steps: Number of optimizer steps.

    Returns:
        The fine-tuned learner.

    Raises:
        UserError: There are no demonstrations.

    References:
        Triantafillou et al., Meta-Dataset, 2020, section 4.2: fine-tuning on the support set.
    """
    config = TrainConfig(
        steps=steps,
        tasks_per_step=8,
        examples_per_task=NUM_SUPPORT + NUM_QUERY,
        objective="support_query",
        shot_range=(NUM_SUPPORT, NUM_SUPPORT),
        learning_rate=1e-4,
        validate_every=steps,
        validation_tasks=8,
    )
    family = LeaveOneOutDemonstrations(demonstrations, num_support=NUM_SUPPORT)
    return meta_train(learner, family, config, key=key)


class FineTunedPolicy:
    """Fine-tuned and original learner in turns, with stall recovery.

    Both have observed the same demonstrations. Each acts for 1.5 times the mean length of a
    demonstration, the fine-tuned one first, so that one continues where the other has failed.

    >>> policy = FineTunedPolicy(ys.load("metaworld-ml45"), demonstrations, key=jax.random.key(0))
    >>> MetaWorldVectorEnv("door-lock-v3", seed=1).rollout(policy, steps=300)

    Args:
        learner: Meta-trained learner; it is not changed.
        demonstrations: Demonstrations of one task.
        key: PRNG key of the fine-tuning.
        steps: Number of optimizer steps.

    Raises:
        UserError: There are no demonstrations.
    """

    def __init__(
        self,
        learner: Learner,
        demonstrations: Sequence[Demonstration],
        *,
        key: PRNGKeyArray,
        steps: int = 100,
    ):
        tuned = fine_tune(learner, demonstrations, key=key, steps=steps)
        self.policies = tuple(
            ImitationPolicy.from_learner(learner).adapt(demonstrations)
            for learner in (tuned, learner)
        )
        length = np.mean([len(demo.observations) for demo in demonstrations])
        in_turns = RoundRobinPolicy(self.policies, steps=round(_TURN_LENGTH * length))
        self._policy = StallRecovery(in_turns)

    def init_state(self, task: Any) -> StallRecoveryState:
        """Return the state before the first time step of a rollout.

        Args:
            task: Name of the task.

        Returns:
            The initial state.
        """
        return self._policy.init_state(task)

    def act(
        self, state: StallRecoveryState, step: Float[np.ndarray, "n 21"], key: PRNGKeyArray
    ) -> tuple[Float[np.ndarray, "n 4"], Any]:
        """Choose one action for each observation.

        Args:
            state: State of the rollout.
            step: Observations of n environments.
            key: PRNG key.

        Returns:
            Actions (n, 4), and the information of the acting policy.
        """
        return self._policy.act(state, step, key)

    def update(
        self, state: StallRecoveryState, step: Any, action: Any, result: Any
    ) -> StallRecoveryState:
        """Return the state after a time step.

        Args:
            state: State of the rollout.
            step: Observations before the actions.
            action: The actions.
            result: Flags of the goals that are reached.

        Returns:
            The same object, changed in place.
        """
        return self._policy.update(state, step, action, result)
