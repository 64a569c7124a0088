"""Value iteration in a Markov decision process estimated from experience."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._layers import MLP, Dense
from yingshe.learners._likelihood import Likelihood, make_prediction
from yingshe.learners.base import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction


class Experience(NamedTuple):
    """Counts and rewards of the transitions observed in a Markov decision process."""

    transitions: Float[Array, "*n states actions states"]
    """Number of times each transition was observed."""
    visit_counts: Float[Array, "*n states actions"]
    """Number of times each action was taken in each state."""
    reward_sums: Float[Array, "*n states actions"]
    """Total reward of each state and action."""
    last_action: Float[Array, "*n states actions"]
    """One-hot state and action whose outcome is pending; all 0 if there is none."""
    step: Float[Array, "*n"]
    """Number of actions taken in this episode."""


class ValueIterationNetwork(Learner):
    """Value iteration network (VIN) over the observed transitions, with an exploration bonus.

    x = (state one-hot, start of an episode, other columns), y = (action one-hot, reward). With n
    the visit count of (s, a), and p̂ and r̂ the posterior means of its transition and reward,

        Q_k(s, a) = r̂ + p̂ᵀV_{k-1} + β √((1 + var_p̂ V_{k-1}) / (n + 1)),    V_k = max_a Q_k,

    for the k = horizon - step actions left in the episode. The bonus β is a network of n and the
    other columns, with one layer of `hidden` units; the pseudo-counts of p̂ and r̂ are learned too.
    The prediction holds the logits of the actions, a learned inverse temperature times Q(s, ·), and
    a value.

    References:
        Tamar et al., Value Iteration Networks, 2016.
        Azar, Osband & Munos, Minimax Regret Bounds for Reinforcement Learning, 2017 (the bonus).
        Kolter & Ng, Near-Bayesian Exploration in Polynomial Time, 2009 (the bonus with β / n).
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Likelihood = eqx.field(static=True)
    num_states: int = eqx.field(static=True)
    horizon: int = eqx.field(static=True)
    hidden: int = eqx.field(static=True)

    log_prior: Float[Array, "2"]  # log pseudo-counts of each next state, and of the reward
    prior_reward: Float[Array, ""]
    bonus_net: MLP
    temperature_net: MLP
    value: MLP

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Likelihood = "point",
        num_states: int | None = None,
        horizon: int = 10,
        hidden: int = 16,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: Number of states + 1 for the start of an episode + other columns.
            y_dim: Number of actions + 1 for the reward.
            likelihood: "point": logits and value are point estimates.
            num_states: Number of states; by default x_dim - 1.
            horizon: Number of actions in an episode.
            hidden: Width of the networks.
            key: PRNG key for the initial parameters.

        Raises:
            UserError: If the likelihood is not "point", or x has too few columns for the states.
        """
        num_states = x_dim - 1 if num_states is None else num_states
        if likelihood != "point":
            raise UserError(f"ValueIterationNetwork has no likelihood '{likelihood}'; use 'point'.")
        if not 0 < num_states < x_dim or y_dim < 2:
            raise UserError(
                f"x has {x_dim} columns and y {y_dim}; x must hold {num_states} states and the "
                "start of an episode, y an action and a reward."
            )
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.num_states, self.horizon, self.hidden = num_states, horizon, hidden
        self.log_prior, self.prior_reward = jnp.zeros(2), jnp.zeros(())
        keys = jax.random.split(key, 6)
        extra = x_dim - num_states - 1
        self.bonus_net = MLP(
            Dense(3 + extra, hidden, key=keys[0]),
            Dense(hidden, 1, scale=0.1, bias=0.5, key=keys[1]),
        )
        self.temperature_net = MLP(
            Dense(1 + extra, hidden, key=keys[2]), Dense(hidden, 1, scale=0.1, key=keys[3])
        )
        self.value = MLP(
            Dense(3 + extra, hidden, key=keys[4]), Dense(hidden, 1, scale=0.1, key=keys[5])
        )

    @property
    def num_actions(self) -> int:
        """Number of actions in each state."""
        return self.y_dim - 1

    def init_state(self) -> Experience:
        pairs = (self.num_states, self.num_actions)
        return Experience(
            jnp.zeros((*pairs, self.num_states)),
            jnp.zeros(pairs),
            jnp.zeros(pairs),
            jnp.zeros(pairs),
            jnp.zeros(()),
        )

    def observe(
        self, state: Experience, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> Experience:
        recorded = self._record_transition(state, x)
        action = x[: self.num_states, None] * y[: self.num_actions]
        return Experience(
            recorded.transitions,
            recorded.visit_counts + action,
            recorded.reward_sums + action * y[-1],
            action,
            recorded.step + 1,
        )

    def predict(self, state: Experience, x: Float[Array, " x_dim"]) -> Prediction:
        raw = self._plan(self._record_transition(state, x), x)
        return make_prediction(self.likelihood, raw, self.y_dim)

    def prequential(self, pairs: Pairs) -> Prediction:
        def step(state, pair):
            x, y, real = pair
            after = self.observe(state, x, y)
            after = jax.tree.map(lambda new, old: jnp.where(real, new, old), after, state)
            return after, self._record_transition(state, x)

        # Experience does not depend on parameters: only the plans are differentiated.
        _, recorded = jax.lax.scan(step, self.init_state(), (pairs.x, pairs.y, pairs.mask))
        raw = jax.vmap(self._plan)(recorded, pairs.x)
        return make_prediction(self.likelihood, raw, self.y_dim)

    def _record_transition(self, state: Experience, x: Float[Array, " x_dim"]) -> Experience:
        """Record the outcome of the pending action, if the episode continues."""
        not_done = 1.0 - x[self.num_states]
        transition = not_done * state.last_action[..., None] * x[: self.num_states]
        return state._replace(
            transitions=state.transitions + transition,
            last_action=jnp.zeros_like(state.last_action),
            step=state.step * not_done,
        )

    def _plan(self, state: Experience, x: Float[Array, " x_dim"]) -> Float[Array, " y_dim"]:
        """Return logits of the actions and a value, by value iteration."""
        here, extra = x[: self.num_states], x[self.num_states + 1 :]
        transition_prior, reward_prior = jnp.exp(self.log_prior)
        transitions = jnp.maximum(state.transitions, 0) + transition_prior
        counts = jnp.maximum(state.visit_counts, 0)
        probs = transitions / transitions.sum(axis=-1, keepdims=True)
        mean_reward = (state.reward_sums + reward_prior * self.prior_reward) / (
            counts + reward_prior
        )
        features = [jax.lax.rsqrt(1 + counts), 1 / (1 + counts), jnp.log1p(counts) / 4]
        features += [jnp.broadcast_to(column, counts.shape) for column in extra]
        beta = self.bonus_net(jnp.stack(features, axis=-1))[..., 0]
        bonus = beta * jax.lax.rsqrt(1 + counts)
        steps_left = self.horizon - state.step

        def backup(q, k):
            v = q.max(axis=-1)
            mean = probs @ v
            variance = jnp.maximum(probs @ v**2 - mean**2, 0.0)
            improved = mean_reward + mean + bonus * jnp.sqrt(1.0 + variance)
            return jnp.where(k < jnp.maximum(steps_left, 1), improved, q), None

        q, _ = jax.lax.scan(backup, jnp.zeros_like(mean_reward), jnp.arange(self.horizon))
        q = here @ q
        advantage = q - q.max()
        context = jnp.concatenate([steps_left[None] / self.horizon, extra])
        logits = advantage * jnp.exp(1.0 + self.temperature_net(context)[0])
        best = jnp.stack([q.max() / self.horizon, mean_reward.max(axis=-1).mean()])
        value = self.value(jnp.concatenate([best, context]))
        return jnp.concatenate([logits, value])
