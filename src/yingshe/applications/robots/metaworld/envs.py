"""Meta-World environments, several goals of one task in lock-step, with the goal observed."""

import warnings
from collections.abc import Callable

import jax
import metaworld
import numpy as np
from jaxtyping import Bool, Float, PRNGKeyArray
from metaworld import env_dict
from metaworld.policies import ENV_POLICY_MAP

from yingshe.applications.policy import Policy, simulate
from yingshe.applications.robots.metaworld.control import PolicyFn, StatelessPolicy
from yingshe.applications.robots.metaworld.encoding import OBSERVATION_NAMES
from yingshe.errors import UserError, did_you_mean

SUITES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ml10": (tuple(env_dict.ML10_V3["train"]), tuple(env_dict.ML10_V3["test"])),
    "ml45": (tuple(env_dict.ML45_V3["train"]), tuple(env_dict.ML45_V3["test"])),
}
"""Suite → names of training tasks and of held-out tasks (Yu et al., Meta-World, 2020, sec. 4.3)."""

MAX_GOALS = 50
"""Number of goals that a seed draws for each task."""

_FRAME_SIZE = 18  # numbers of the current frame in Meta-World's observation; then the last frame
_IMAGE_SIZE = 240  # pixels


class MetaWorldVectorEnv:
    """Environments of one Meta-World task, one per goal, stepped together.

    Args:
        name: Name of the task, such as "door-lock-v3".
        goals: Number of goals, at most 50.
        seed: Seed of positions of objects and goals.

    Raises:
        UserError: There is no such task, or it has fewer goals.
    """

    def __init__(self, name: str, *, goals: int = MAX_GOALS, seed: int = 0):
        if name not in env_dict.ALL_V3_ENVIRONMENTS:
            raise UserError(
                f"Meta-World has no task '{name}'."
                + did_you_mean(name, env_dict.ALL_V3_ENVIRONMENTS)
            )
        if not 1 <= goals <= MAX_GOALS:
            raise UserError(f"goals must be between 1 and {MAX_GOALS}, got {goals}.")
        suite = metaworld.ML1(name, seed=seed)
        self.name = name
        self._envs = []
        self._renderers = {}
        for task in suite.test_tasks[:goals]:
            env = suite.test_classes[name]()
            env.set_task(task)
            self._envs.append(env)
        self.success: Bool[np.ndarray, " goals"] = np.zeros(goals, bool)
        """Success flag of each environment since the last reset."""
        self._observations = np.zeros((goals, len(OBSERVATION_NAMES)), np.float32)

    def __len__(self) -> int:
        return len(self._envs)

    def reset(self) -> Float[np.ndarray, "goals 21"]:
        """Return the first observations of all environments after a reset."""
        self.success[:] = False
        for i, env in enumerate(self._envs):
            self._observations[i] = to_observation(env, env.reset()[0])
        return self._observations.copy()

    def step(self, actions: Float[np.ndarray, "goals 4"]) -> Float[np.ndarray, "goals 21"]:
        """Step all environments by 12.5 ms, except those that have reached their goal.

        Args:
            actions: Displacement of the hand in cm and effort of the gripper (`ACTION_NAMES`);
                values outside of [-1, 1] are clipped.

        Returns:
            The next observations.
        """
        for i, (env, action) in enumerate(zip(self._envs, actions, strict=True)):
            if self.success[i]:
                continue
            full, _, _, _, info = env.step(np.clip(action, -1, 1).astype(np.float32))
            self._observations[i] = to_observation(env, full)
            self.success[i] = bool(info["success"])
        return self._observations.copy()

    def advance(
        self, action: Float[np.ndarray, "goals 4"]
    ) -> tuple[Bool[np.ndarray, " goals"], Float[np.ndarray, "goals 21"]]:
        """Step all environments; `simulate` calls this.

        Args:
            action: One action for each environment.

        Returns:
            Flags of the goals that are reached, and the next observations.
        """
        observations = self.step(action)
        return self.success.copy(), observations

    def rollout(
        self, policy: Policy | PolicyFn, *, steps: int, key: PRNGKeyArray | None = None
    ) -> Bool[np.ndarray, " goals"]:
        """Run a policy from a reset.

        Args:
            policy: A policy, or a function from observations to actions.
            steps: Number of time steps; the rollout ends when all goals are reached.
            key: PRNG key, for policies that sample their actions.

        Returns:
            Flags of the goals that are reached.
        """
        if not isinstance(policy, Policy):
            policy = StatelessPolicy(policy)
        keys = jax.random.split(jax.random.key(0) if key is None else key, steps)
        for transition in simulate(self, policy, task=self.name, steps=steps, keys=keys):
            if transition.result.all():
                break
        return self.success.copy()

    def render(self, goal: int, camera: str = "corner2") -> np.ndarray:
        """Return an image (height, width, 3), uint8; it needs `MUJOCO_GL=egl` or a screen.

        Args:
            goal: Number of the environment.
            camera: Name of one of Meta-World's cameras.

        Returns:
            Image (240, 240, 3), uint8.
        """
        import mujoco

        env = self._envs[goal]
        if goal not in self._renderers:
            self._renderers[goal] = mujoco.Renderer(env.model, _IMAGE_SIZE, _IMAGE_SIZE)
        self._renderers[goal].update_scene(env.data, camera)
        return self._renderers[goal].render()


def expert(name: str) -> Callable[[Float[np.ndarray, "n 21"]], Float[np.ndarray, "n 4"]]:
    """Return Meta-World's scripted policy of a task for a batch of observations.

    Args:
        name: Name of the task.

    Returns:
        A function from observations to actions; its displacements are not clipped.
    """
    policy = ENV_POLICY_MAP[name]()

    def act(observations: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 4"]:
        full = np.zeros((len(observations), 2 * _FRAME_SIZE + 3))
        full[:, :_FRAME_SIZE] = observations[:, :_FRAME_SIZE]
        full[:, 2 * _FRAME_SIZE :] = observations[:, _FRAME_SIZE:]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the policy warns of actions that will be clipped
            return np.array([policy.get_action(row) for row in full], np.float32)

    return act


def to_observation(env, full: np.ndarray) -> Float[np.ndarray, " 21"]:
    """Return the current frame with the goal, which the suites replace by zeros.

    Args:
        env: A Meta-World environment.
        full: Its observation.

    Returns:
        Observation (21,), columns as in `OBSERVATION_NAMES`.
    """
    return np.concatenate([full[:_FRAME_SIZE], env._target_pos[:3]]).astype(np.float32)
