"""Comparison of policies: success rate by number of demonstrations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import jax
import numpy as np

from yingshe.applications.policy import Policy
from yingshe.applications.robots.metaworld.baselines import behavior_cloning, nearest_neighbors
from yingshe.applications.robots.metaworld.control import PolicyFn
from yingshe.applications.robots.metaworld.data import Demonstration, demonstrate
from yingshe.applications.robots.metaworld.envs import MetaWorldVectorEnv, expert
from yingshe.applications.robots.metaworld.fine_tuning import FineTunedPolicy
from yingshe.applications.robots.metaworld.model import ImitationPolicy
from yingshe.applications.robots.metaworld.stall_recovery import StallRecovery
from yingshe.errors import UserError
from yingshe.evaluation import ShotCurve, curve_from_scores
from yingshe.learners import Learner

LEARNED = ("in-context", "fine-tuned")
"""Names of the methods that use a meta-trained learner."""

_DEMONSTRATION_SEED = 10_000  # added to the seed of the goals


@dataclass(frozen=True)
class Method:
    """Method of the comparison: a constructor of policies."""

    make_policy: Callable[[str, Sequence[Demonstration]], Policy | PolicyFn]
    """Function from the task's name and its demonstrations to a policy."""
    uses_demonstrations: bool = True
    """False for a policy without demonstrations, which needs one rollout only."""


def make_methods(
    learner: Learner, pooled_learner: Learner | None = None, *, seed: int = 0
) -> dict[str, Method]:
    """Return the methods of the comparison by name.

    | name | policy |
    |---|---|
    | in-context | the learner after observing the demonstrations |
    | fine-tuned | the same learner in turns with a copy that was fine-tuned on them |
    | nearest neighbors | mean action at the nearest demonstrated time steps |
    | behavior cloning | a network trained from scratch on the demonstrations |
    | pooled | a policy for all training tasks, without demonstrations |
    | expert | Meta-World's scripted policy |

    All but the expert have stall recovery.

    Args:
        learner: Meta-trained learner.
        pooled_learner: Learner that was trained without demonstrations; None leaves out its row.
        seed: Seed of fine-tuning and behavior cloning.

    Returns:
        Name → method.
    """
    policy = ImitationPolicy.from_learner(learner)
    key = jax.random.key(seed)
    methods = {
        "in-context": Method(lambda name, demos: StallRecovery(policy.adapt(demos))),
        "fine-tuned": Method(lambda name, demos: FineTunedPolicy(learner, demos, key=key)),
        "nearest neighbors": Method(lambda name, demos: StallRecovery(nearest_neighbors(demos))),
        "behavior cloning": Method(
            lambda name, demos: StallRecovery(behavior_cloning(demos, seed=seed))
        ),
    }
    if pooled_learner is not None:
        pooled = ImitationPolicy.from_learner(pooled_learner)
        methods["pooled"] = Method(lambda name, demos: StallRecovery(pooled), False)
    return methods | {"expert": Method(lambda name, demos: expert(name), False)}


def evaluate_policies(
    task_names: Sequence[str],
    methods: Mapping[str, Method],
    *,
    shots: tuple[int, ...] = (1, 5),
    goals: int = 10,
    steps: int = 500,
    seed: int = 0,
    on_rollout: Callable[[str, str, int, float], None] | None = None,
) -> ShotCurve:
    """Compare policies by the fraction of new goals that they reach.

    All methods observe the same demonstrations and act towards the same goals.

    Args:
        task_names: Names of Meta-World tasks.
        methods: Name → method.
        shots: Numbers of demonstrations, ascending.
        goals: Number of goals of each task.
        steps: Number of time steps of a rollout; Meta-World's episodes have 500.
        seed: Seed of goals and demonstrations.
        on_rollout: Function called with task, method, number of demonstrations and success rate.

    Returns:
        Success rate with 95 % intervals over tasks. A method without demonstrations has the same
        rate at all numbers of shots.

    Raises:
        UserError: `shots` are not ascending numbers of at least 1.
    """
    if list(shots) != sorted(set(shots)) or not shots or shots[0] < 1:
        raise UserError(f"shots must be ascending numbers of at least 1, got {shots}.")
    rates = {name: np.zeros((len(task_names), len(shots))) for name in methods}
    for row, task_name in enumerate(task_names):
        env = MetaWorldVectorEnv(task_name, goals=goals, seed=seed)
        demonstrations = demonstrate(task_name, shots[-1], seed=seed + _DEMONSTRATION_SEED)
        for name, method in methods.items():
            for column, count in enumerate(shots):
                if column and not method.uses_demonstrations:
                    rates[name][row, column] = rates[name][row, 0]
                    continue
                policy = method.make_policy(task_name, demonstrations[:count])
                rate = float(env.rollout(policy, steps=steps).mean())
                rates[name][row, column] = rate
                if on_rollout is not None:
                    on_rollout(task_name, name, count, rate)
    return curve_from_scores(
        rates,
        shots,
        family="Meta-World tasks, by number of demonstrations",
        metric="success rate",
        learners=tuple(name for name in methods if name in LEARNED),
        seed=0,
    )
