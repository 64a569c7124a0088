"""Policies of 0.1, which were functions of observations or had other constructors."""

import warnings
from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from yingshe.applications.policy import Policy as PolicyProtocol
from yingshe.applications.robots.metaworld.control import PolicyFn
from yingshe.applications.robots.metaworld.data import Demonstration
from yingshe.applications.robots.metaworld.fine_tuning import FineTunedPolicy
from yingshe.applications.robots.metaworld.model import ImitationPolicy
from yingshe.applications.robots.metaworld.stall_recovery import StallRecovery
from yingshe.learners import Learner


class Policy:
    """Policy of a learner with the interface of 0.1.

    Args:
        learner: Meta-trained learner.
    """

    def __init__(self, learner: Learner):
        _warn("Policy(learner)", "ImitationPolicy.from_learner(learner)")
        self.imitation_policy = ImitationPolicy.from_learner(learner)

    def read(self, demonstrations: Sequence[Demonstration]) -> ImitationPolicy:
        """Return the policy of these demonstrations.

        Args:
            demonstrations: Demonstrations of one task.
        """
        _warn("Policy.read", "ImitationPolicy.adapt")
        return self.imitation_policy.adapt(demonstrations)

    def __call__(self, observations: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 4"]:
        return self.imitation_policy(observations)


class Practised:
    """Fine-tuned policy with the interface of 0.1.

    Args:
        learner: Meta-trained learner.
        demonstrations: Demonstrations of one task.
        key: PRNG key of the fine-tuning.
    """

    def __init__(
        self, learner: Learner, demonstrations: Sequence[Demonstration], *, key: PRNGKeyArray
    ):
        _warn("Practised", "FineTunedPolicy")
        self.fine_tuned_policy = FineTunedPolicy(learner, demonstrations, key=key)
        self.policies = self.fine_tuned_policy.policies

    def begin(self) -> "PolicyCall":
        """Return the function of one rollout."""
        return PolicyCall(self.fine_tuned_policy)


class PolicyCall:
    """One rollout of a policy, as a function of observations.

    Args:
        policy: The policy.
    """

    def __init__(self, policy: PolicyProtocol):
        self._policy, self._state, self._step = policy, policy.init_state(None), 0

    def __call__(self, observations: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 4"]:
        key = jax.random.key(self._step)
        actions, _ = self._policy.act(self._state, observations, key)
        not_reached = np.zeros(len(observations), bool)
        self._state = self._policy.update(self._state, observations, actions, not_reached)
        self._step += 1
        return actions


class Nudged(PolicyCall):
    """One rollout with stall recovery, with the interface of 0.1.

    Args:
        act: Policy, or a function from observations to actions.
        seed: Seed of the random part of the pushes.
    """

    def __init__(self, act: PolicyProtocol | PolicyFn, *, seed: int = 0):
        _warn("Nudged", "StallRecovery")
        super().__init__(StallRecovery(act, seed=seed))


def _warn(old: str, new: str) -> None:
    warnings.warn(f"yingshe: {old} is now {new}.", DeprecationWarning, stacklevel=3)
