"""Pendulums with hidden physics and motors of unknown strength and direction."""

import math
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_interval
from yingshe.applications.agents.environments._checks import check_counts, check_probability
from yingshe.applications.agents.environments.base import Action, EnvDistribution, TimeStep

_DT = 0.05  # s
_MAX_SPEED = 8.0  # rad/s
_MAX_START = (math.pi, 1.0)  # rad and rad/s: bounds of the initial state


class PendulumParams(NamedTuple):
    """Physical parameters of one pendulum, a rod that turns about its end."""

    mass: Float[Array, ""]
    """Mass of the rod, kg."""
    length: Float[Array, ""]
    """Length of the rod, m."""
    gravity: Float[Array, ""]
    """Gravitational acceleration, m/s²."""
    torque: Float[Array, ""]
    """Torque of action 1, N m; negative if the motor is reversed."""


class Pendulum(EnvDistribution):
    """Swing a pendulum up and hold it there, in steps of 0.05 s.

    | symbol | distribution | Gymnasium |
    |---|---|---|
    | mass m | U(mass), kg | 1 |
    | length l | U(length), m | 1 |
    | gravity g | U(gravity), m/s² | 10 |
    | largest torque of the motor | U(torque), N m | 2 |
    | direction of the motor | reversed with probability `reversed_prob` | never |

    Observations: cosine and sine of the angle θ from upright, and the angular velocity (rad/s).
    Actions: one number, clipped to [−1, 1], in units of the largest torque. Reward, with torque u:
    −(θ² + 0.1 θ̇² + 0.001 u²). The equations are those of Gymnasium's Pendulum-v1.

    Args:
        episodes: Number of episodes in a trial.
        episode_steps: Number of steps after which an episode is truncated.
        mass: Lowest and highest mass, kg.
        length: Lowest and highest length, m.
        gravity: Lowest and highest gravitational acceleration, m/s².
        torque: Lowest and highest limit of the motor's torque, N m.
        reversed_prob: Probability that the motor is reversed.

    Raises:
        UserError: An interval is reversed or not positive, the probability is outside of [0, 1], or
            a count is below 1.
    """

    episodes: int = eqx.field(static=True, default=2)
    episode_steps: int = eqx.field(static=True, default=200)
    mass: tuple[float, float] = eqx.field(static=True, default=(0.7, 1.3))
    length: tuple[float, float] = eqx.field(static=True, default=(0.7, 1.2))
    gravity: tuple[float, float] = eqx.field(static=True, default=(8.0, 12.0))
    torque: tuple[float, float] = eqx.field(static=True, default=(2.0, 4.0))
    reversed_prob: float = eqx.field(static=True, default=0.5)
    observation_dim: int = eqx.field(static=True, default=3, init=False)
    action_dim: int = eqx.field(static=True, default=1, init=False)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="continuous", init=False
    )

    def __check_init__(self):
        check_counts(episodes=self.episodes, episode_steps=self.episode_steps)
        for name in PendulumParams._fields:
            check_interval(name, getattr(self, name), positive=True)
        check_probability("reversed_prob", self.reversed_prob)

    @classmethod
    def gymnasium(cls) -> "Pendulum":
        """Return the distribution without hidden parameters: the one pendulum of Pendulum-v1."""
        return cls(
            mass=(1.0, 1.0),
            length=(1.0, 1.0),
            gravity=(10.0, 10.0),
            torque=(2.0, 2.0),
            reversed_prob=0.0,
        )

    def sample_task(self, key: PRNGKeyArray) -> PendulumParams:
        range_key, sign_key = jax.random.split(key)
        low, high = jnp.array([getattr(self, name) for name in PendulumParams._fields]).T
        params = PendulumParams(*(low + (high - low) * jax.random.uniform(range_key, low.shape)))
        sign = jnp.where(jax.random.bernoulli(sign_key, self.reversed_prob), -1.0, 1.0)
        return params._replace(torque=sign * params.torque)

    def reset(
        self, task: PendulumParams, key: PRNGKeyArray
    ) -> tuple[Float[Array, "2"], Float[Array, "3"]]:
        bound = jnp.array(_MAX_START)
        state = jax.random.uniform(key, (2,), minval=-bound, maxval=bound)
        return state, _observe(state)

    def step(
        self, task: PendulumParams, state: Float[Array, "2"], action: Action, key: PRNGKeyArray
    ) -> TimeStep:
        theta, theta_dot = state
        torque = task.torque * jnp.clip(action[0], -1.0, 1.0)
        from_upright = (theta + jnp.pi) % (2 * jnp.pi) - jnp.pi
        cost = from_upright**2 + 0.1 * theta_dot**2 + 0.001 * torque**2
        fall = 1.5 * task.gravity / task.length * jnp.sin(theta)
        drive = 3.0 * torque / (task.mass * task.length**2)
        theta_dot = jnp.clip(theta_dot + _DT * (fall + drive), -_MAX_SPEED, _MAX_SPEED)
        state = jnp.stack([theta + _DT * theta_dot, theta_dot])
        return TimeStep(state, _observe(state), -cost, jnp.array(False))


def _observe(state: Float[Array, "2"]) -> Float[Array, "3"]:
    return jnp.stack([jnp.cos(state[0]), jnp.sin(state[0]), state[1]])
