"""Acrobots with hidden physics and a motor of unknown strength and direction."""

from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from yingshe._validation import check_interval
from yingshe.applications.agents.environments._checks import check_counts, check_probability
from yingshe.applications.agents.environments.base import Action, EnvDistribution, TimeStep

_DT = 0.2  # s
_GRAVITY = 9.8  # m/s²
_MAX_SPEED = (4 * jnp.pi, 9 * jnp.pi)  # rad/s, of either joint
_MAX_START = 0.1  # rad and rad/s: bound of the initial state


class AcrobotParams(NamedTuple):
    """Physical parameters of one two-link robot."""

    mass: Float[Array, "2"]
    """Masses of the upper and the lower link, kg."""
    length: Float[Array, "2"]
    """Lengths of the links, m; the centres of mass are in the middle."""
    torque: Float[Array, ""]
    """Torque of action 2, N m; action 0 has the opposite one. Negative if the motor is reversed."""


class Acrobot(EnvDistribution):
    """Swing the tip of two links above a height, in steps of 0.2 s.

    | symbol | distribution | Gymnasium |
    |---|---|---|
    | mass m of a link | U(mass), kg | 1 |
    | length l of a link | U(length), m | 1 |
    | moment of inertia of a link | m l², kg m² | 1 |
    | torque of the motor | U(torque), N m | 1 |
    | direction of the motor | reversed with probability `reversed_prob` | never |

    Observations: cosine and sine of the angle of the upper link, from hanging, and of the lower
    one, from the upper; their angular velocities (rad/s). Actions: one-hot: torque to one side, no
    torque, or torque to the other side. Reward: −1 a step, and 0 for the step that reaches half of
    the greatest height; this step terminates the episode. The equations and the Runge–Kutta step
    are those of Gymnasium's Acrobot-v1.

    Args:
        episodes: Number of episodes in a trial.
        episode_steps: Number of steps after which an episode is truncated.
        mass: Lowest and highest mass of a link, kg.
        length: Lowest and highest length of a link, m.
        torque: Lowest and highest torque of the motor, N m.
        reversed_prob: Probability that the motor is reversed.

    Raises:
        UserError: An interval is reversed or not positive, the probability is outside of [0, 1], or
            a count is below 1.

    References:
        Sutton and Barto, Reinforcement Learning: An Introduction, 1998, section 11.3.
    """

    episodes: int = eqx.field(static=True, default=2)
    episode_steps: int = eqx.field(static=True, default=500)
    mass: tuple[float, float] = eqx.field(static=True, default=(0.7, 1.3))
    length: tuple[float, float] = eqx.field(static=True, default=(0.7, 1.3))
    torque: tuple[float, float] = eqx.field(static=True, default=(0.8, 1.5))
    reversed_prob: float = eqx.field(static=True, default=0.5)
    observation_dim: int = eqx.field(static=True, default=6, init=False)
    action_dim: int = eqx.field(static=True, default=3, init=False)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="discrete", init=False
    )

    def __check_init__(self):
        check_counts(episodes=self.episodes, episode_steps=self.episode_steps)
        for name in AcrobotParams._fields:
            check_interval(name, getattr(self, name), positive=True)
        check_probability("reversed_prob", self.reversed_prob)

    @classmethod
    def gymnasium(cls) -> "Acrobot":
        """Return the distribution without hidden parameters: the one robot of Acrobot-v1."""
        return cls(mass=(1.0, 1.0), length=(1.0, 1.0), torque=(1.0, 1.0), reversed_prob=0.0)

    def sample_task(self, key: PRNGKeyArray) -> AcrobotParams:
        mass_key, length_key, torque_key, sign_key = jax.random.split(key, 4)
        sign = jnp.where(jax.random.bernoulli(sign_key, self.reversed_prob), -1.0, 1.0)
        return AcrobotParams(
            _uniform(mass_key, self.mass, (2,)),
            _uniform(length_key, self.length, (2,)),
            sign * _uniform(torque_key, self.torque, ()),
        )

    def reset(
        self, task: AcrobotParams, key: PRNGKeyArray
    ) -> tuple[Float[Array, "4"], Float[Array, "6"]]:
        state = jax.random.uniform(key, (4,), minval=-_MAX_START, maxval=_MAX_START)
        return state, _observe(state)

    def step(
        self, task: AcrobotParams, state: Float[Array, "4"], action: Action, key: PRNGKeyArray
    ) -> TimeStep:
        torque = task.torque * (action[2] - action[0])
        k1 = _derivative(task, state, torque)
        k2 = _derivative(task, state + _DT / 2 * k1, torque)
        k3 = _derivative(task, state + _DT / 2 * k2, torque)
        k4 = _derivative(task, state + _DT * k3, torque)
        state = state + _DT / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        angles = (state[:2] + jnp.pi) % (2 * jnp.pi) - jnp.pi
        bound = jnp.array(_MAX_SPEED)
        state = jnp.concatenate([angles, jnp.clip(state[2:], -bound, bound)])
        terminated = _is_up(task, state)
        return TimeStep(state, _observe(state), jnp.where(terminated, 0.0, -1.0), terminated)


def _derivative(
    params: AcrobotParams, state: Float[Array, "4"], torque: Float[Array, ""]
) -> Float[Array, "4"]:
    """Return the time derivative of the state."""
    theta1, theta2, theta1_dot, theta2_dot = state
    m1, m2 = params.mass
    l1 = params.length[0]
    c1, c2 = params.length / 2
    i1, i2 = params.mass * params.length**2
    sin, cos = jnp.sin(theta2), jnp.cos(theta2)
    d1 = m1 * c1**2 + m2 * (l1**2 + c2**2 + 2 * l1 * c2 * cos) + i1 + i2
    d2 = m2 * (c2**2 + l1 * c2 * cos) + i2
    weight2 = m2 * c2 * _GRAVITY * jnp.sin(theta1 + theta2)
    weight1 = (m1 * c1 + m2 * l1) * _GRAVITY * jnp.sin(theta1) + weight2
    phi = weight1 - m2 * l1 * c2 * sin * (theta2_dot**2 + 2 * theta2_dot * theta1_dot)
    drive = torque + d2 / d1 * phi - m2 * l1 * c2 * theta1_dot**2 * sin - weight2
    theta2_acc = drive / (m2 * c2**2 + i2 - d2**2 / d1)
    return jnp.stack([theta1_dot, theta2_dot, -(d2 * theta2_acc + phi) / d1, theta2_acc])


def _is_up(params: AcrobotParams, state: Float[Array, "4"]) -> Bool[Array, ""]:
    angles = jnp.stack([state[0], state[0] + state[1]])
    return -params.length @ jnp.cos(angles) > params.length.mean()


def _observe(state: Float[Array, "4"]) -> Float[Array, "6"]:
    theta1, theta2 = state[:2]
    waves = jnp.stack([jnp.cos(theta1), jnp.sin(theta1), jnp.cos(theta2), jnp.sin(theta2)])
    return jnp.concatenate([waves, state[2:]])


def _uniform(key: PRNGKeyArray, interval: tuple[float, float], shape: tuple[int, ...]):
    low, high = interval
    return jax.random.uniform(key, shape, minval=low, maxval=high)
