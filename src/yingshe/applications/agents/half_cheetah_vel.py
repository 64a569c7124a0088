"""HalfCheetah-Vel: run at a hidden target velocity. Needs `yingshe[robots]`."""

import gymnasium
import numpy as np

from yingshe.applications.agents.gymnasium_envs import GymnasiumEnvDistribution

_CONTROL_COST = 0.05  # of the squared norm of the action
_MAX_VELOCITY = 3.0  # m/s


class TargetVelocity(gymnasium.Wrapper):
    """Reward −|v − target| − 0.05 ‖a‖² for the forward velocity v in m/s.

    Args:
        env: A MuJoCo environment whose info holds `x_velocity`.

    References:
        Finn, Abbeel and Levine, Model-Agnostic Meta-Learning (MAML), 2017, section 5.3; range of
        targets as in Zintgraf et al., VariBAD, 2020, section 5.2.
    """

    def __init__(self, env: gymnasium.Env):
        super().__init__(env)
        self.target = 0.0

    def step(self, action):
        observation, _, terminated, truncated, info = self.env.step(action)
        cost = _CONTROL_COST * float(np.sum(np.square(action)))
        reward = -abs(info["x_velocity"] - self.target) - cost
        return observation, reward, terminated, truncated, info


def sample_target(env: gymnasium.Env, generator: np.random.Generator) -> None:
    """Draw a target velocity from U(0, 3) m/s.

    Args:
        env: Environment wrapped in `TargetVelocity`; its target is set.
        generator: Source of randomness.
    """
    env.set_wrapper_attr("target", generator.uniform(0.0, _MAX_VELOCITY))


def half_cheetah_vel(*, episodes: int = 2, episode_steps: int = 200) -> GymnasiumEnvDistribution:
    """Return Gymnasium's HalfCheetah-v5 with a hidden target velocity.

    Args:
        episodes: Number of episodes in a trial.
        episode_steps: Number of steps after which an episode is truncated.

    Returns:
        The distribution over environments.
    """
    return GymnasiumEnvDistribution(
        lambda: TargetVelocity(gymnasium.make("HalfCheetah-v5")),
        sample_target,
        episodes=episodes,
        episode_steps=episode_steps,
    )
