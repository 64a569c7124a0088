"""Pendulums to swing up by motors of unknown strength and direction."""

import math
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_interval
from yingshe.applications.agents.environments.base import Action, EnvironmentFamily, Step
from yingshe.applications.agents.environments.checks import check_counts, check_probability

_TAU = 0.05  # s, a step
_FASTEST = 8.0  # rad/s
_START = (math.pi, 1.0)  # rad and rad/s: the largest at the start


class Rod(NamedTuple):
    """One pendulum, a rod that turns about its end."""

    mass: Float[Array, ""]
    """kg."""
    length: Float[Array, ""]
    """m."""
    gravity: Float[Array, ""]
    """m/s²."""
    torque: Float[Array, ""]
    """Of action 1, N m; negative where the motor is reversed."""


class Pendulum(EnvironmentFamily):
    """Swing a pendulum up and hold it there, in episodes of 200 steps of 0.05 s.

    | symbol | distribution | Gymnasium |
    |---|---|---|
    | mass m | U(mass), kg | 1 |
    | length l | U(length), m | 1 |
    | gravity g | U(gravity), m/s² | 10 |
    | most torque of the motor | U(torque), N m | 2 |
    | its direction | reversed with odds `reversed_odds` | never |

    Observations: cosine and sine of the angle θ from upright, and its speed (rad/s). Actions: one
    number from −1 to 1, of the most torque; more counts as that. Reward, with torque u:
    −(θ² + 0.1 θ̇² + 0.001 u²). The equations are those of Gymnasium's Pendulum-v1.

    Raises UserError where an interval runs backwards or is not positive, where the odds are not
    from 0 to 1, or where a count is below 1.
    """

    episodes: int = eqx.field(static=True, default=2)
    episode_steps: int = eqx.field(static=True, default=200)
    mass: tuple[float, float] = eqx.field(static=True, default=(0.7, 1.3))
    length: tuple[float, float] = eqx.field(static=True, default=(0.7, 1.2))
    gravity: tuple[float, float] = eqx.field(static=True, default=(8.0, 12.0))
    torque: tuple[float, float] = eqx.field(static=True, default=(2.0, 4.0))
    reversed_odds: float = eqx.field(static=True, default=0.5)
    observation_dim: int = eqx.field(static=True, default=3, init=False)
    action_dim: int = eqx.field(static=True, default=1, init=False)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="continuous", init=False
    )

    def __check_init__(self):
        check_counts(episodes=self.episodes, episode_steps=self.episode_steps)
        for name in Rod._fields:
            check_interval(name, getattr(self, name), positive=True)
        check_probability("reversed_odds", self.reversed_odds)

    @classmethod
    def gymnasium(cls) -> "Pendulum":
        """Without anything hidden: the one pendulum of Pendulum-v1."""
        return cls(
            mass=(1.0, 1.0),
            length=(1.0, 1.0),
            gravity=(10.0, 10.0),
            torque=(2.0, 2.0),
            reversed_odds=0.0,
        )

    def sample_task(self, key: PRNGKeyArray) -> Rod:
        range_key, sign_key = jax.random.split(key)
        low, high = jnp.array([getattr(self, name) for name in Rod._fields]).T
        rod = Rod(*(low + (high - low) * jax.random.uniform(range_key, low.shape)))
        sign = jnp.where(jax.random.bernoulli(sign_key, self.reversed_odds), -1.0, 1.0)
        return rod._replace(torque=sign * rod.torque)

    def reset(self, task: Rod, key: PRNGKeyArray) -> tuple[Float[Array, "2"], Float[Array, "3"]]:
        most = jnp.array(_START)
        state = jax.random.uniform(key, (2,), minval=-most, maxval=most)
        return state, _observe(state)

    def step(self, task: Rod, state: Float[Array, "2"], action: Action, key: PRNGKeyArray) -> Step:
        angle, speed = state
        torque = task.torque * jnp.clip(action[0], -1.0, 1.0)
        from_upright = (angle + jnp.pi) % (2 * jnp.pi) - jnp.pi
        cost = from_upright**2 + 0.1 * speed**2 + 0.001 * torque**2
        fall = 1.5 * task.gravity / task.length * jnp.sin(angle)
        drive = 3.0 * torque / (task.mass * task.length**2)
        speed = jnp.clip(speed + _TAU * (fall + drive), -_FASTEST, _FASTEST)
        state = jnp.stack([angle + _TAU * speed, speed])
        return Step(state, _observe(state), -cost, jnp.array(False))


def _observe(state: Float[Array, "2"]) -> Float[Array, "3"]:
    return jnp.stack([jnp.cos(state[0]), jnp.sin(state[0]), state[1]])
