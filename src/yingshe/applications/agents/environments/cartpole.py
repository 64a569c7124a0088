"""Poles to balance on carts that are driven by motors of unknown strength and direction."""

import math
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe._validation import check_interval
from yingshe.applications.agents.environments.base import Action, EnvironmentFamily, Step
from yingshe.applications.agents.environments.checks import check_counts, check_probability

_TAU = 0.02  # s, a step
_FARTHEST = 2.4  # m, where the track ends
_STEEPEST = math.radians(12)  # where the pole counts as fallen
_START = 0.05  # m, m/s, rad and rad/s: the largest at the start


class Cart(NamedTuple):
    """One cart and its pole."""

    cart_mass: Float[Array, ""]
    """kg."""
    pole_mass: Float[Array, ""]
    """kg."""
    length: Float[Array, ""]
    """From the joint to the middle of the pole, m."""
    gravity: Float[Array, ""]
    """m/s²."""
    force: Float[Array, ""]
    """By which action 1 pushes to the right, and action 0 to the left, N; negative where the motor
    is reversed."""


class CartPole(EnvironmentFamily):
    """Balance a pole on a cart that pushes left or right, in episodes of 200 steps of 0.02 s.

    | symbol | distribution | Gymnasium |
    |---|---|---|
    | mass of the cart | U(cart_mass), kg | 1 |
    | mass of the pole | U(pole_mass), kg | 0.1 |
    | half the length of the pole | U(length), m | 0.5 |
    | gravity | U(gravity), m/s² | 9.8 |
    | force of the motor | U(force), N | 10 |
    | its direction | reversed with odds `reversed_odds` | never |

    Observations: place (m), speed (m/s), angle (rad) and its speed (rad/s). Actions: one-hot, left
    or right. Reward: 1 a step; terminated when the cart is 2.4 m from the middle, or the pole 12°
    from upright. The equations are those of Gymnasium's CartPole-v1, after Barto, Sutton and
    Anderson, 1983; Gymnasium's own functional version needs flax, and takes the product of the
    pole's mass and length for their sum.

    Raises UserError where an interval runs backwards or is not positive, where the odds are not
    from 0 to 1, or where a count is below 1.
    """

    episodes: int = eqx.field(static=True, default=2)
    episode_steps: int = eqx.field(static=True, default=200)
    cart_mass: tuple[float, float] = eqx.field(static=True, default=(0.5, 2.0))
    pole_mass: tuple[float, float] = eqx.field(static=True, default=(0.05, 0.3))
    length: tuple[float, float] = eqx.field(static=True, default=(0.25, 1.0))
    gravity: tuple[float, float] = eqx.field(static=True, default=(7.0, 13.0))
    force: tuple[float, float] = eqx.field(static=True, default=(5.0, 15.0))
    reversed_odds: float = eqx.field(static=True, default=0.5)
    observation_dim: int = eqx.field(static=True, default=4, init=False)
    action_dim: int = eqx.field(static=True, default=2, init=False)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="discrete", init=False
    )

    def __check_init__(self):
        check_counts(episodes=self.episodes, episode_steps=self.episode_steps)
        for name in Cart._fields:
            check_interval(name, getattr(self, name), positive=True)
        check_probability("reversed_odds", self.reversed_odds)

    @classmethod
    def gymnasium(cls) -> "CartPole":
        """Without anything hidden: the one cart of CartPole-v1."""
        return cls(
            cart_mass=(1.0, 1.0),
            pole_mass=(0.1, 0.1),
            length=(0.5, 0.5),
            gravity=(9.8, 9.8),
            force=(10.0, 10.0),
            reversed_odds=0.0,
        )

    def sample_task(self, key: PRNGKeyArray) -> Cart:
        range_key, sign_key = jax.random.split(key)
        low, high = jnp.array([getattr(self, name) for name in Cart._fields]).T
        cart = Cart(*(low + (high - low) * jax.random.uniform(range_key, low.shape)))
        sign = jnp.where(jax.random.bernoulli(sign_key, self.reversed_odds), -1.0, 1.0)
        return cart._replace(force=sign * cart.force)

    def reset(self, task: Cart, key: PRNGKeyArray) -> tuple[Float[Array, "4"], Float[Array, "4"]]:
        state = jax.random.uniform(key, (4,), minval=-_START, maxval=_START)
        return state, state

    def step(self, task: Cart, state: Float[Array, "4"], action: Action, key: PRNGKeyArray) -> Step:
        state = state + _TAU * _derivative(task, state, task.force * (action[1] - action[0]))
        limits = jnp.array([_FARTHEST, _STEEPEST])
        terminated = jnp.any(jnp.abs(state[jnp.array([0, 2])]) > limits)
        return Step(state, state, jnp.array(1.0), terminated)


def _derivative(cart: Cart, state: Float[Array, "4"], push: Float[Array, ""]) -> Float[Array, "4"]:
    """Of place, speed, angle and its speed. Florian, Correct equations, 2007, without friction."""
    _, speed, angle, spin = state
    sin, cos = jnp.sin(angle), jnp.cos(angle)
    mass = cart.cart_mass + cart.pole_mass
    moment = cart.pole_mass * cart.length
    drive = (push + moment * spin**2 * sin) / mass
    turn = (cart.gravity * sin - cos * drive) / (
        cart.length * (4 / 3 - cart.pole_mass * cos**2 / mass)
    )
    return jnp.stack([speed, drive - moment * turn * cos / mass, spin, turn])
