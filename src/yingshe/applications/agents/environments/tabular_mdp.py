"""Random Markov decision processes with a handful of states."""

from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from yingshe.applications.agents.environments.base import Action, EnvironmentFamily, Step
from yingshe.applications.agents.environments.checks import check_counts


class MDP(NamedTuple):
    """One Markov decision process."""

    transitions: Float[Array, "states choices states"]
    """Probability of the next state."""
    rewards: Float[Array, "states choices"]
    """Mean reward."""


class TabularMDP(EnvironmentFamily):
    """Markov decision processes whose transitions and rewards are random.

    | symbol | distribution |
    |---|---|
    | p(· given s, a) | Dirichlet(1, …, 1) |
    | r(s, a) | N(1, 1) |
    | reward | N(r(s, a), 1) |

    Every episode starts in state 0. Observations: the state, one-hot. Actions: one-hot, the choice.
    Duan et al., RL², 2016, sec. 3.2, after Osband et al., 2013.

    Raises UserError where a count is below 1.
    """

    episodes: int = eqx.field(static=True, default=10)
    states: int = eqx.field(static=True, default=10)
    choices: int = eqx.field(static=True, default=5)
    horizon: int = eqx.field(static=True, default=10)
    actions: Literal["discrete", "continuous"] = eqx.field(
        static=True, default="discrete", init=False
    )

    def __check_init__(self):
        check_counts(
            episodes=self.episodes,
            states=self.states,
            choices=self.choices,
            horizon=self.horizon,
        )

    @property
    def observation_dim(self) -> int:
        return self.states

    @property
    def action_dim(self) -> int:
        return self.choices

    @property
    def episode_steps(self) -> int:
        return self.horizon

    def sample_task(self, key: PRNGKeyArray) -> MDP:
        transition_key, reward_key = jax.random.split(key)
        pairs = (self.states, self.choices)
        # Dirichlet(1, …, 1): exponentials by their sum compile far faster than gammas.
        parts = jax.random.exponential(transition_key, (*pairs, self.states))
        transitions = parts / parts.sum(axis=-1, keepdims=True)
        return MDP(transitions, 1.0 + jax.random.normal(reward_key, pairs))

    def reset(self, task: MDP, key: PRNGKeyArray) -> tuple[Int[Array, ""], Float[Array, " states"]]:
        state = jnp.array(0)
        return state, self._observe(state)

    def step(self, task: MDP, state: Int[Array, ""], action: Action, key: PRNGKeyArray) -> Step:
        transition_key, noise_key = jax.random.split(key)
        reward = action @ task.rewards[state] + jax.random.normal(noise_key)
        # By the inverse of the distribution function: whoever does the same with the same key
        # comes to the same state, and whoever does another thing meets the same luck.
        reached = jnp.cumsum(action @ task.transitions[state])
        passed = jax.random.uniform(transition_key) >= reached[:-1]
        following = jnp.sum(passed).astype(state.dtype)
        return Step(following, self._observe(following), reward, jnp.array(False))

    def _observe(self, state: Int[Array, ""]) -> Float[Array, " states"]:
        return jax.nn.one_hot(state, self.states)
