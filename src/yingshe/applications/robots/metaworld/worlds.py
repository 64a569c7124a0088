"""Classes of manipulation, each in several worlds at once, with the goal in sight."""

import warnings
from collections.abc import Callable

import metaworld
import numpy as np
from jaxtyping import Bool, Float
from metaworld import env_dict
from metaworld.policies import ENV_POLICY_MAP

from yingshe.errors import UserError, did_you_mean

SUITES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ml10": (tuple(env_dict.ML10_V3["train"]), tuple(env_dict.ML10_V3["test"])),
    "ml45": (tuple(env_dict.ML45_V3["train"]), tuple(env_dict.ML45_V3["test"])),
}
"""The classes to train on, and those held out (Yu et al., Meta-World, 2020, section 4.3)."""

GOALS = 50
"""How many goals a seed draws for each class."""

OBSERVED = (
    *("hand_x", "hand_y", "hand_z", "gripper"),
    *("object_x", "object_y", "object_z", "object_q1", "object_q2", "object_q3", "object_q4"),
    *("second_x", "second_y", "second_z", "second_q1", "second_q2", "second_q3", "second_q4"),
    *("goal_x", "goal_y", "goal_z"),
)
"""What is seen: positions (m), the opening of the gripper (0 to 1), quaternions; a second object is
all zeros where there is none."""

_FRAME = 18  # numbers of Meta-World's observation that are of this moment; then come those before


class Worlds:
    """One world for each of a class's goals, in lock-step.

    Args:
        name: of the class, such as "door-lock-v3".
        goals: how many, at most 50.
        seed: of positions of objects and goals.

    Raises UserError where there is no such class, or it has fewer goals.
    """

    def __init__(self, name: str, *, goals: int = GOALS, seed: int = 0):
        if name not in env_dict.ALL_V3_ENVIRONMENTS:
            raise UserError(
                f"Meta-World has no class '{name}'."
                + did_you_mean(name, env_dict.ALL_V3_ENVIRONMENTS)
            )
        if not 1 <= goals <= GOALS:
            raise UserError(f"goals is {goals}; a seed draws 1 to {GOALS} of them.")
        suite = metaworld.ML1(name, seed=seed)
        self.name = name
        self._worlds = []
        self._renderers = {}
        for task in suite.test_tasks[:goals]:
            world = suite.test_classes[name]()
            world.set_task(task)
            self._worlds.append(world)
        self.succeeded: Bool[np.ndarray, " goals"] = np.zeros(goals, bool)
        """Which worlds have been in their goal state at some step since the last reset."""
        self._seen = np.zeros((goals, len(OBSERVED)), np.float32)

    def __len__(self) -> int:
        return len(self._worlds)

    def reset(self) -> Float[np.ndarray, "goals 21"]:
        """Begin anew, everything at its first place."""
        self.succeeded[:] = False
        for i, world in enumerate(self._worlds):
            self._seen[i] = observed(world, world.reset()[0])
        return self._seen.copy()

    def step(self, actions: Float[np.ndarray, "goals 4"]) -> Float[np.ndarray, "goals 21"]:
        """One step of 12.5 ms everywhere but where the goal was reached: those worlds rest.

        An action is a displacement of the hand in cm and an effort of the gripper, -1 to 1 each;
        what is beyond is clipped.
        """
        for i, (world, action) in enumerate(zip(self._worlds, actions, strict=True)):
            if self.succeeded[i]:
                continue
            seen, _, _, _, info = world.step(np.clip(action, -1, 1).astype(np.float32))
            self._seen[i] = observed(world, seen)
            self.succeeded[i] = bool(info["success"])
        return self._seen.copy()

    def run(
        self, act: Callable[[Float[np.ndarray, "n 21"]], Float[np.ndarray, "n 4"]], *, steps: int
    ) -> Bool[np.ndarray, " goals"]:
        """Let a policy act from the beginning; which goals it has reached after so many steps."""
        seen = self.reset()
        for _ in range(steps):
            seen = self.step(act(seen))
            if self.succeeded.all():
                break
        return self.succeeded.copy()

    def render(self, goal: int, camera: str = "corner2") -> np.ndarray:
        """A picture of one world, (height, width, 3) bytes; needs `MUJOCO_GL=egl` or a screen."""
        import mujoco

        world = self._worlds[goal]
        if goal not in self._renderers:
            self._renderers[goal] = mujoco.Renderer(world.model, 240, 240)
        self._renderers[goal].update_scene(world.data, camera)
        return self._renderers[goal].render()


def expert(name: str) -> Callable[[Float[np.ndarray, "n 21"]], Float[np.ndarray, "n 4"]]:
    """Meta-World's scripted policy of a class, for a batch; its displacements are not clipped."""
    policy = ENV_POLICY_MAP[name]()

    def act(seen: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 4"]:
        full = np.zeros((len(seen), 2 * _FRAME + 3))
        full[:, :_FRAME], full[:, 2 * _FRAME :] = seen[:, :_FRAME], seen[:, _FRAME:]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it is going to be clipped
            return np.array([policy.get_action(row) for row in full], np.float32)

    return act


def observed(world, seen: np.ndarray) -> Float[np.ndarray, " 21"]:
    """What is there now, with the goal in its place: the suites leave zeros where it belongs."""
    return np.concatenate([seen[:_FRAME], world._target_pos[:3]]).astype(np.float32)
