"""A half-cheetah that is to run at a velocity it is not told. Needs `yingshe[robots]`."""

import gymnasium
import numpy as np

from yingshe.applications.agents.gymnasium_family import GymnasiumFamily

_CONTROL_COST = 0.05  # of squared torques
_FASTEST = 3.0  # m/s


class TargetVelocity(gymnasium.Wrapper):
    """Pays −|v − target| − 0.05 ‖a‖² for the forward velocity v in m/s, in place of v itself.

    After Finn, Abbeel and Levine, Model-Agnostic Meta-Learning (MAML), 2017, section 5.3, with the
    range of targets of Zintgraf et al., VariBAD, 2020, section 5.2.
    """

    def __init__(self, env: gymnasium.Env):
        super().__init__(env)
        self.target = 0.0

    def step(self, action):
        observation, _, terminated, truncated, info = self.env.step(action)
        cost = _CONTROL_COST * float(np.sum(np.square(action)))
        reward = -abs(info["x_velocity"] - self.target) - cost
        return observation, reward, terminated, truncated, info


def draw_target(env: gymnasium.Env, generator: np.random.Generator) -> None:
    """Another task: a target between 0 and 3 m/s."""
    env.set_wrapper_attr("target", generator.uniform(0.0, _FASTEST))


def half_cheetah(*, episodes: int = 2, episode_steps: int = 200) -> GymnasiumFamily:
    """Gymnasium's HalfCheetah-v5 with a hidden target velocity."""
    return GymnasiumFamily(
        lambda: TargetVelocity(gymnasium.make("HalfCheetah-v5")),
        draw_target,
        episodes=episodes,
        episode_steps=episode_steps,
    )
