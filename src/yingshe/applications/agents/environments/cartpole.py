"""Cart-poles with hidden physics and motors of unknown strength and direction."""

import math
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_interval
from yingshe.applications.agents.environments._checks import check_counts, check_probability
from yingshe.applications.agents.environments.base import Action, EnvDistribution, TimeStep

_DT = 0.02  # s
_MAX_POSITION = 2.4  # m; the end of the track
_MAX_ANGLE = math.radians(12)  # beyond it the pole counts as fallen
_MAX_START = 0.05  # m, m/s, rad and rad/s: bound of the initial state


class CartPoleParams(NamedTuple):
    """Physical parameters of one cart and its pole."""

    cart_mass: Float[Array, ""]
    """Mass of the cart, kg."""
    pole_mass: Float[Array, ""]
    """Mass of the pole, kg."""
    length: Float[Array, ""]
    """Distance from the joint to the middle of the pole, m."""
    gravity: Float[Array, ""]
    """Gravitational acceleration, m/s²."""
    force: Float[Array, ""]
    """Force of action 1 to the right and of action 0 to the left, N; negative if reversed."""


class CartPole(EnvDistribution):
    """Balance a pole on a cart that pushes left or right, in steps of 0.02 s.

    | symbol | distribution | Gymnasium |
    |---|---|---|
    | mass of the cart | U(cart_mass), kg | 1 |
    | mass of the pole | U(pole_mass), kg | 0.1 |
    | half the length of the pole | U(length), m | 0.5 |
    | gravity | U(gravity), m/s² | 9.8 |
    | force of the motor | U(force), N | 10 |
    | direction of the motor | reversed with probability `reversed_prob` | never |

    Observations: position (m), velocity (m/s), angle (rad), angular velocity (rad/s). Actions:
    one-hot, left or right. Reward: 1 a step. An episode terminates when the cart is 2.4 m from the
    middle, or the pole 12° from upright. The equations are those of Gymnasium's CartPole-v1.
    Gymnasium's own functional version needs flax and has a wrong pole moment.

    Args:
        episodes: Number of episodes in a trial.
        episode_steps: Number of steps after which an episode is truncated.
        cart_mass: Lowest and highest mass of the cart, kg.
        pole_mass: Lowest and highest mass of the pole, kg.
        length: Lowest and highest half length of the pole, m.
        gravity: Lowest and highest gravitational acceleration, m/s².
        force: Lowest and highest force of the motor, N.
        reversed_prob: Probability that the motor is reversed.

    Raises:
        UserError: An interval is reversed or not positive, the probability is outside of [0, 1], or
            a count is below 1.

    References:
        Barto, Sutton and Anderson, Neuronlike Adaptive Elements That Can Solve Difficult Learning
        Control Problems, 1983.
    """

    episodes: int = eqx.field(static=True, default=2)
    episode_steps: int = eqx.field(static=True, default=200)
    cart_mass: tuple[float, float] = eqx.field(static=True, default=(0.5, 2.0))
    pole_mass: tuple[float, float] = eqx.field(static=True, default=(0.05, 0.3))
    length: tuple[float, float] = eqx.field(static=True, default=(0.25, 1.0))
    gravity: tuple[float, float] = eqx.field(static=True, default=(7.0, 13.0))
    force: tuple[float, float] = eqx.field(static=True, default=(5.0, 15.0))
    reversed_prob: float = eqx.field(static=True, default=0.5)
    observation_dim: int = eqx.field(static=True, default=4, init=False)
    action_dim: int = eqx.field(static=True, default=2, init=False)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="discrete", init=False
    )

    def __check_init__(self):
        check_counts(episodes=self.episodes, episode_steps=self.episode_steps)
        for name in CartPoleParams._fields:
            check_interval(name, getattr(self, name), positive=True)
        check_probability("reversed_prob", self.reversed_prob)

    @classmethod
    def gymnasium(cls) -> "CartPole":
        """Return the distribution without hidden parameters: the one cart of CartPole-v1."""
        return cls(
            cart_mass=(1.0, 1.0),
            pole_mass=(0.1, 0.1),
            length=(0.5, 0.5),
            gravity=(9.8, 9.8),
            force=(10.0, 10.0),
            reversed_prob=0.0,
        )

    def sample_task(self, key: PRNGKeyArray) -> CartPoleParams:
        range_key, sign_key = jax.random.split(key)
        low, high = jnp.array([getattr(self, name) for name in CartPoleParams._fields]).T
        params = CartPoleParams(*(low + (high - low) * jax.random.uniform(range_key, low.shape)))
        sign = jnp.where(jax.random.bernoulli(sign_key, self.reversed_prob), -1.0, 1.0)
        return params._replace(force=sign * params.force)

    def reset(
        self, task: CartPoleParams, key: PRNGKeyArray
    ) -> tuple[Float[Array, "4"], Float[Array, "4"]]:
        state = jax.random.uniform(key, (4,), minval=-_MAX_START, maxval=_MAX_START)
        return state, state

    def step(
        self, task: CartPoleParams, state: Float[Array, "4"], action: Action, key: PRNGKeyArray
    ) -> TimeStep:
        state = state + _DT * _derivative(task, state, task.force * (action[1] - action[0]))
        bounds = jnp.array([_MAX_POSITION, _MAX_ANGLE])
        terminated = jnp.any(jnp.abs(state[jnp.array([0, 2])]) > bounds)
        return TimeStep(state, state, jnp.array(1.0), terminated)


def _derivative(
    params: CartPoleParams, state: Float[Array, "4"], force: Float[Array, ""]
) -> Float[Array, "4"]:
    """Return the time derivative of the state. After Florian, Correct equations for the dynamics
    of the cart-pole system, 2007, without friction.
    """
    _, velocity, theta, theta_dot = state
    sin, cos = jnp.sin(theta), jnp.cos(theta)
    mass = params.cart_mass + params.pole_mass
    moment = params.pole_mass * params.length
    drive = (force + moment * theta_dot**2 * sin) / mass
    theta_acc = (params.gravity * sin - cos * drive) / (
        params.length * (4 / 3 - params.pole_mass * cos**2 / mass)
    )
    return jnp.stack([velocity, drive - moment * theta_acc * cos / mass, theta_dot, theta_acc])
