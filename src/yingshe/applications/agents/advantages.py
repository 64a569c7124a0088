"""How much better than expected each step of a trial was."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


class Advantages(NamedTuple):
    """For each step of a trial; 0 in the padding."""

    advantage: Float[Array, " steps"]
    to_come: Float[Array, " steps"]
    """What the value ought to have been: advantage + value."""


def generalised_advantages(
    reward: Float[Array, " steps"],
    value: Float[Array, " steps"],
    mask: Bool[Array, " steps"],
    *,
    discount: float,
    trace: float,
) -> Advantages:
    """Generalised advantage estimates over a whole trial.

        δ_t = r_t + γ V_{t+1} - V_t      A_t = δ_t + γ λ A_{t+1}

    What an agent does in one episode is worth what it brings in the next: the trial, and no episode
    of it, is what is maximised. So values and traces go on over the ends of episodes, terminated or
    truncated alike, and end where the trial does: there V = 0, as the agent sees its end coming
    (`Seen.elapsed`). Real steps come before the padding.

    After Schulman et al., High-Dimensional Continuous Control Using Generalized Advantage
    Estimation, 2016, eq. 16; Duan et al., RL²: Fast Reinforcement Learning via Slow Reinforcement
    Learning, 2016, section 2.2.
    """

    def step(after, now):
        advantage_after, value_after = after
        reward, value, real = now
        surprise = reward + discount * value_after - value
        advantage = jnp.where(real, surprise + discount * trace * advantage_after, 0.0)
        return (advantage, jnp.where(real, value, 0.0)), advantage

    zero = jnp.zeros((), reward.dtype)
    _, advantage = jax.lax.scan(step, (zero, zero), (reward, value, mask), reverse=True)
    return Advantages(advantage, jnp.where(mask, advantage + value, 0.0))


def value_unit(discount: float, steps: int) -> float:
    """The value of a reward of 1 in each of so many steps: what values are predicted in units of,
    lest they be hundreds where rewards are ones.
    """
    return float(steps) if discount == 1 else (1 - discount**steps) / (1 - discount)
