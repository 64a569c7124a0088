"""Two-link robots to swing up by a motor, of unknown direction, between the links."""

from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from yingshe._validation import check_interval
from yingshe.applications.agents.environments.base import Action, EnvironmentFamily, Step
from yingshe.applications.agents.environments.checks import check_counts, check_probability

_TAU = 0.2  # s, a step
_GRAVITY = 9.8  # m/s²
_FASTEST = (4 * jnp.pi, 9 * jnp.pi)  # rad/s, of either joint
_START = 0.1  # rad and rad/s: the largest at the start


class Links(NamedTuple):
    """One robot."""

    mass: Float[Array, "2"]
    """Of the upper and the lower link, kg."""
    length: Float[Array, "2"]
    """m; their centres of mass are in the middle."""
    torque: Float[Array, ""]
    """Of action 2, N m; action 0 has the opposite one, and action 1 none. Negative where the motor
    is reversed."""


class Acrobot(EnvironmentFamily):
    """Swing the tip of two links up to half of its highest, in episodes of 500 steps of 0.2 s.

    | symbol | distribution | Gymnasium |
    |---|---|---|
    | mass m of a link | U(mass), kg | 1 |
    | length l of a link | U(length), m | 1 |
    | moment of inertia of a link | m l², kg m² | 1 |
    | torque of the motor | U(torque), N m | 1 |
    | its direction | reversed with odds `reversed_odds` | never |

    Observations: cosine and sine of the angle of the upper link, from hanging, and of the lower
    one, from the upper; their speeds (rad/s). Actions: one-hot, torque to one side, none, or to the
    other. Reward: −1 a step, but 0 for the one that reaches the height and so ends the episode. The
    equations, a Runge–Kutta step of 0.2 s among them, are those of Gymnasium's Acrobot-v1, after
    Sutton and Barto, 1998, sec. 11.3.

    Raises UserError where an interval runs backwards or is not positive, where the odds are not
    from 0 to 1, or where a count is below 1.
    """

    episodes: int = eqx.field(static=True, default=2)
    episode_steps: int = eqx.field(static=True, default=500)
    mass: tuple[float, float] = eqx.field(static=True, default=(0.7, 1.3))
    length: tuple[float, float] = eqx.field(static=True, default=(0.7, 1.3))
    torque: tuple[float, float] = eqx.field(static=True, default=(0.8, 1.5))
    reversed_odds: float = eqx.field(static=True, default=0.5)
    observation_dim: int = eqx.field(static=True, default=6, init=False)
    action_dim: int = eqx.field(static=True, default=3, init=False)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="discrete", init=False
    )

    def __check_init__(self):
        check_counts(episodes=self.episodes, episode_steps=self.episode_steps)
        for name in Links._fields:
            check_interval(name, getattr(self, name), positive=True)
        check_probability("reversed_odds", self.reversed_odds)

    @classmethod
    def gymnasium(cls) -> "Acrobot":
        """Without anything hidden: the one robot of Acrobot-v1."""
        return cls(mass=(1.0, 1.0), length=(1.0, 1.0), torque=(1.0, 1.0), reversed_odds=0.0)

    def sample_task(self, key: PRNGKeyArray) -> Links:
        mass_key, length_key, torque_key, sign_key = jax.random.split(key, 4)
        sign = jnp.where(jax.random.bernoulli(sign_key, self.reversed_odds), -1.0, 1.0)
        return Links(
            _uniform(mass_key, self.mass, (2,)),
            _uniform(length_key, self.length, (2,)),
            sign * _uniform(torque_key, self.torque, ()),
        )

    def reset(self, task: Links, key: PRNGKeyArray) -> tuple[Float[Array, "4"], Float[Array, "6"]]:
        state = jax.random.uniform(key, (4,), minval=-_START, maxval=_START)
        return state, _observe(state)

    def step(
        self, task: Links, state: Float[Array, "4"], action: Action, key: PRNGKeyArray
    ) -> Step:
        torque = task.torque * (action[2] - action[0])
        k1 = _derivative(task, state, torque)
        k2 = _derivative(task, state + _TAU / 2 * k1, torque)
        k3 = _derivative(task, state + _TAU / 2 * k2, torque)
        k4 = _derivative(task, state + _TAU * k3, torque)
        state = state + _TAU / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        angles = (state[:2] + jnp.pi) % (2 * jnp.pi) - jnp.pi
        fastest = jnp.array(_FASTEST)
        state = jnp.concatenate([angles, jnp.clip(state[2:], -fastest, fastest)])
        terminated = _is_up(task, state)
        return Step(state, _observe(state), jnp.where(terminated, 0.0, -1.0), terminated)


def _derivative(
    links: Links, state: Float[Array, "4"], torque: Float[Array, ""]
) -> Float[Array, "4"]:
    """Of the angles and their speeds."""
    angle, bend, spin, bend_spin = state
    m1, m2 = links.mass
    l1 = links.length[0]
    c1, c2 = links.length / 2
    i1, i2 = links.mass * links.length**2
    sin, cos = jnp.sin(bend), jnp.cos(bend)
    d1 = m1 * c1**2 + m2 * (l1**2 + c2**2 + 2 * l1 * c2 * cos) + i1 + i2
    d2 = m2 * (c2**2 + l1 * c2 * cos) + i2
    weight2 = m2 * c2 * _GRAVITY * jnp.sin(angle + bend)
    weight1 = (m1 * c1 + m2 * l1) * _GRAVITY * jnp.sin(angle) + weight2
    phi = weight1 - m2 * l1 * c2 * sin * (bend_spin**2 + 2 * bend_spin * spin)
    drive = torque + d2 / d1 * phi - m2 * l1 * c2 * spin**2 * sin - weight2
    bend_turn = drive / (m2 * c2**2 + i2 - d2**2 / d1)
    return jnp.stack([spin, bend_spin, -(d2 * bend_turn + phi) / d1, bend_turn])


def _is_up(links: Links, state: Float[Array, "4"]) -> Bool[Array, ""]:
    angles = jnp.stack([state[0], state[0] + state[1]])
    return -links.length @ jnp.cos(angles) > links.length.mean()


def _observe(state: Float[Array, "4"]) -> Float[Array, "6"]:
    angle, bend = state[:2]
    waves = jnp.stack([jnp.cos(angle), jnp.sin(angle), jnp.cos(bend), jnp.sin(bend)])
    return jnp.concatenate([waves, state[2:]])


def _uniform(key: PRNGKeyArray, interval: tuple[float, float], shape: tuple[int, ...]):
    low, high = interval
    return jax.random.uniform(key, shape, minval=low, maxval=high)
