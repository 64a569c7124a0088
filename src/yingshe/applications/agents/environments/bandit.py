"""Bernoulli bandits with unknown success probabilities."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.applications.agents.environments._checks import check_counts
from yingshe.applications.agents.environments.base import Action, EnvDistribution, TimeStep


class Bandit(EnvDistribution):
    """Bernoulli bandit: each arm pays 1 with its own probability, else 0. A trial is one episode.

    | symbol | distribution |
    |---|---|
    | success probability of an arm | U(0, 1), constant over the trial |
    | reward | Bernoulli(success probability of the pulled arm) |

    Observations are empty. Actions: one-hot, the arm to pull.

    Args:
        num_arms: Number of arms.
        horizon: Number of pulls in a trial.

    Raises:
        UserError: A count is below 1.

    References:
        Duan et al., RL²: Fast Reinforcement Learning via Slow Reinforcement Learning, 2016,
        section 3.1.
    """

    num_arms: int = eqx.field(static=True, default=5)
    horizon: int = eqx.field(static=True, default=10)
    observation_dim: int = eqx.field(static=True, default=0, init=False)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="discrete", init=False
    )
    episodes: int = eqx.field(static=True, default=1, init=False)

    def __check_init__(self):
        check_counts(num_arms=self.num_arms, horizon=self.horizon)

    @property
    def action_dim(self) -> int:
        return self.num_arms

    @property
    def episode_steps(self) -> int:
        return self.horizon

    def sample_task(self, key: PRNGKeyArray) -> Float[Array, " arms"]:
        return jax.random.uniform(key, (self.num_arms,))

    def reset(
        self, task: Float[Array, " arms"], key: PRNGKeyArray
    ) -> tuple[tuple[()], Float[Array, "0"]]:
        return (), jnp.zeros(0)

    def step(
        self, task: Float[Array, " arms"], state: tuple[()], action: Action, key: PRNGKeyArray
    ) -> TimeStep:
        # The outcome of every arm is drawn, so that all policies share common random numbers.
        pays = (jax.random.uniform(key, (self.num_arms,)) < task).astype(jnp.float32)
        return TimeStep(state, jnp.zeros(0), action @ pays, jnp.array(False))
