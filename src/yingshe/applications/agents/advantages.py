"""Generalized advantage estimation (GAE) over full trials."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


class Advantages(NamedTuple):
    """Advantages and returns of each time step of a trial; 0 in the padding."""

    advantage: Float[Array, " steps"]
    returns: Float[Array, " steps"]
    """Target of the value function: advantage + value."""


def compute_gae(
    reward: Float[Array, " steps"],
    value: Float[Array, " steps"],
    mask: Bool[Array, " steps"],
    *,
    gamma: float,
    gae_lambda: float,
) -> Advantages:
    """Compute generalized advantage estimates over a full trial.

        δ_t = r_t + γ V_{t+1} - V_t      A_t = δ_t + γ λ A_{t+1}

    An action in one episode affects the return of the next, and the objective is the return of the
    trial. Values and traces therefore continue across the ends of episodes, terminated or
    truncated alike. They stop at the end of the trial: there V = 0, because the agent observes the
    elapsed fraction. Real steps come before the padding.

    Args:
        reward: Rewards (steps,).
        value: Value estimates before each step (steps,).
        mask: False in the padding (steps,).
        gamma: Discount factor γ.
        gae_lambda: Trace decay λ.

    Returns:
        Advantages and returns (steps,).

    References:
        Schulman et al., High-Dimensional Continuous Control Using Generalized Advantage Estimation,
        2016, eq. 16. Duan et al., RL²: Fast Reinforcement Learning via Slow Reinforcement Learning,
        2016, section 2.2.
    """

    def step(following, now):
        next_advantage, next_value = following
        reward, value, real = now
        td_error = reward + gamma * next_value - value
        advantage = jnp.where(real, td_error + gamma * gae_lambda * next_advantage, 0.0)
        return (advantage, jnp.where(real, value, 0.0)), advantage

    zero = jnp.zeros((), reward.dtype)
    _, advantage = jax.lax.scan(step, (zero, zero), (reward, value, mask), reverse=True)
    return Advantages(advantage, jnp.where(mask, advantage + value, 0.0))


def value_scale(gamma: float, steps: int) -> float:
    """Compute the return of a constant reward of 1: the unit of predicted values.

    In this unit values are of order 1, however long a trial is.

    Args:
        gamma: Discount factor γ.
        steps: Number of time steps in a trial.

    Returns:
        The sum of γ^t over all time steps t.
    """
    return float(steps) if gamma == 1 else (1 - gamma**steps) / (1 - gamma)
