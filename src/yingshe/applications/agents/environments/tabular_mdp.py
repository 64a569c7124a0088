"""Random tabular Markov decision processes."""

from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.agents.environments._checks import check_counts
from yingshe.applications.agents.environments.base import Action, EnvDistribution, TimeStep


class MDPParams(NamedTuple):
    """Parameters of one Markov decision process."""

    transitions: Float[Array, "states actions states"]
    """Transition probabilities p(s' | s, a)."""
    rewards: Float[Array, "states actions"]
    """Mean rewards r(s, a)."""


class TabularMDP(EnvDistribution):
    """Markov decision processes with random transitions and rewards.

    | symbol | distribution |
    |---|---|
    | p(· given s, a) | Dirichlet(1, …, 1) |
    | r(s, a) | N(1, 1) |
    | reward | N(r(s, a), 1) |

    Every episode starts in state 0. Observations: the state, one-hot. Actions: one-hot.

    Args:
        episodes: Number of episodes in a trial.
        num_states: Number of states.
        num_actions: Number of actions in each state.
        horizon: Number of steps in an episode.

    Raises:
        UserError: A count is below 1.

    References:
        Duan et al., RL²: Fast Reinforcement Learning via Slow Reinforcement Learning, 2016,
        section 3.2, after Osband et al., (More) Efficient Reinforcement Learning via Posterior
        Sampling, 2013.
    """

    episodes: int = eqx.field(static=True, default=10)
    num_states: int = eqx.field(static=True, default=10)
    num_actions: int = eqx.field(static=True, default=5)
    horizon: int = eqx.field(static=True, default=10)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="discrete", init=False
    )

    def __check_init__(self):
        check_counts(
            episodes=self.episodes,
            num_states=self.num_states,
            num_actions=self.num_actions,
            horizon=self.horizon,
        )

    @property
    def observation_dim(self) -> int:
        return self.num_states

    @property
    def action_dim(self) -> int:
        return self.num_actions

    @property
    def episode_steps(self) -> int:
        return self.horizon

    def sample_task(self, key: PRNGKeyArray) -> MDPParams:
        transition_key, reward_key = jax.random.split(key)
        shape = (self.num_states, self.num_actions)
        # Dirichlet(1, …, 1): normalized exponentials compile far faster than gammas.
        parts = jax.random.exponential(transition_key, (*shape, self.num_states))
        transitions = parts / parts.sum(axis=-1, keepdims=True)
        return MDPParams(transitions, 1.0 + jax.random.normal(reward_key, shape))

    def reset(
        self, task: MDPParams, key: PRNGKeyArray
    ) -> tuple[Int[Array, ""], Float[Array, " states"]]:
        state = jnp.array(0)
        return state, self._observe(state)

    def step(
        self, task: MDPParams, state: Int[Array, ""], action: Action, key: PRNGKeyArray
    ) -> TimeStep:
        transition_key, noise_key = jax.random.split(key)
        reward = action @ task.rewards[state] + jax.random.normal(noise_key)
        # Inverse transform sampling keeps common random numbers across policies, even after they
        # took different actions.
        cumulative = jnp.cumsum(action @ task.transitions[state])
        passed = jax.random.uniform(transition_key) >= cumulative[:-1]
        next_state = jnp.sum(passed).astype(state.dtype)
        return TimeStep(next_state, self._observe(next_state), reward, jnp.array(False))

    def _observe(self, state: Int[Array, ""]) -> Float[Array, " states"]:
        return jax.nn.one_hot(state, self.num_states)
