"""A network that plans: value iteration in the Markov decision process it has read so far."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners._layers import Dense
from yingshe.learners._likelihood import Output, make_prediction
from yingshe.learners.base import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction


class Experience(NamedTuple):
    """What was met in a Markov decision process."""

    transitions: Float[Array, "*n states num_actions states"]
    """How often each was met."""
    visit_counts: Float[Array, "*n states num_actions"]
    """How often each choice was made."""
    rewards: Float[Array, "*n states num_actions"]
    """What they paid, in all."""
    last: Float[Array, "*n states num_actions"]
    """1 at the last choice; all 0 where its outcome is known, or there was none."""
    step: Float[Array, "*n"]
    """Choices made in this episode."""


class ValueIterationNetwork(Learner):
    """Plans by value iteration in what it knows of a Markov decision process, with bonus_net.

    x = (state one-hot, start of an episode, others), y = (choice one-hot, reward). With n the
    number of times that a was chosen in s, p̂ and r̂ the posterior means after them,

        Q_k(s, a) = r̂ + p̂ᵀV_{k-1} + β √((1 + var_p̂ V_{k-1}) / (n + 1)),    V_k = max_a Q_k,

    for the k = horizon - step num_actions that are left of the episode. The bonus_net β is a network of
    n and the others, with two layers of `hidden` units; the pseudo-counts behind p̂ and r̂ are
    learned too. Predicted are logits of the num_actions, a learned factor times Q(s, ·), and beside
    them a value.

    Value iteration as a layer: Tamar et al., Value Iteration Networks, 2016. Bonuses of that form:
    Azar, Osband and Munos, Minimax Regret Bounds for Reinforcement Learning (UCBVI), 2017, and,
    with β / n, Kolter and Ng, Near-Bayesian Exploration in Polynomial Time (BEB), 2009.
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    likelihood: Output = eqx.field(static=True)
    num_states: int = eqx.field(static=True)
    horizon: int = eqx.field(static=True)
    hidden: int = eqx.field(static=True)

    log_prior: Float[Array, "2"]  # pseudo-counts of each next state, and of the reward
    prior_reward: Float[Array, ""]
    bonus_net: tuple[Dense, Dense]
    temperature_net: tuple[Dense, Dense]
    value: tuple[Dense, Dense]

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        likelihood: Output = "point",
        num_states: int | None = None,
        horizon: int = 10,
        hidden: int = 16,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: states, the mark of an episode's start, and others.
            y_dim: num_actions, and the reward.
            likelihood: "point": logits and a value are points.
            num_states: of the process; all of x but the mark by default.
            horizon: num_actions in an episode.
            hidden: width of the networks.
            key: for the initial parameters.

        Raises UserError where the likelihood is another, or x has no room for the states.
        """
        num_states = x_dim - 1 if num_states is None else num_states
        if likelihood != "point":
            raise UserError(f"ValueIterationNetwork predicts points; likelihood is '{likelihood}'.")
        if not 0 < num_states < x_dim or y_dim < 2:
            raise UserError(
                f"x has {x_dim} columns and y {y_dim}; wanted are {num_states} states and the mark of "
                "an episode's start, and a choice and a reward."
            )
        self.x_dim, self.y_dim, self.likelihood = x_dim, y_dim, likelihood
        self.num_states, self.horizon, self.hidden = num_states, horizon, hidden
        self.log_prior, self.prior_reward = jnp.zeros(2), jnp.zeros(())
        keys = jax.random.split(key, 6)
        others = x_dim - num_states - 1
        self.bonus_net = (
            Dense(3 + others, hidden, key=keys[0]),
            Dense(hidden, 1, scale=0.1, bias=0.5, key=keys[1]),
        )
        self.temperature_net = (
            Dense(1 + others, hidden, key=keys[2]),
            Dense(hidden, 1, scale=0.1, key=keys[3]),
        )
        self.value = (
            Dense(3 + others, hidden, key=keys[4]),
            Dense(hidden, 1, scale=0.1, key=keys[5]),
        )

    @property
    def num_actions(self) -> int:
        """That there are in each state."""
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
        arrived = self._arrive(state, x)
        chosen = x[: self.num_states, None] * y[: self.num_actions]
        return Experience(
            arrived.transitions,
            arrived.visit_counts + chosen,
            arrived.rewards + chosen * y[-1],
            chosen,
            arrived.step + 1,
        )

    def predict(self, state: Experience, x: Float[Array, " x_dim"]) -> Prediction:
        return make_prediction(self.likelihood, self._answer(self._arrive(state, x), x), self.y_dim)

    def prequential(self, pairs: Pairs) -> Prediction:
        def step(state, pair):
            x, y, real = pair
            after = self.observe(state, x, y)
            after = jax.tree.map(lambda new, old: jnp.where(real, new, old), after, state)
            return after, self._arrive(state, x)

        # What was met does not depend on parameters: only the plans are differentiated.
        _, arrived = jax.lax.scan(step, self.init_state(), (pairs.x, pairs.y, pairs.mask))
        raw = jax.vmap(self._answer)(arrived, pairs.x)
        return make_prediction(self.likelihood, raw, self.y_dim)

    def _arrive(self, state: Experience, x: Float[Array, " x_dim"]) -> Experience:
        """With the outcome of the last choice, where the episode goes on."""
        goes_on = 1.0 - x[self.num_states]
        met = goes_on * state.last[..., None] * x[: self.num_states]
        return state._replace(
            transitions=state.transitions + met,
            last=jnp.zeros_like(state.last),
            step=state.step * goes_on,
        )

    def _answer(self, state: Experience, x: Float[Array, " x_dim"]) -> Float[Array, " y_dim"]:
        here, others = x[: self.num_states], x[self.num_states + 1 :]
        prior, prior_reward = jnp.exp(self.log_prior)
        met, visit_counts = (
            jnp.maximum(state.transitions, 0) + prior,
            jnp.maximum(state.visit_counts, 0),
        )
        chance = met / met.sum(axis=-1, keepdims=True)
        paid = (state.rewards + prior_reward * self.prior_reward) / (visit_counts + prior_reward)
        seen = [
            jax.lax.rsqrt(1 + visit_counts),
            1 / (1 + visit_counts),
            jnp.log1p(visit_counts) / 4,
        ]
        seen += [jnp.broadcast_to(other, visit_counts.shape) for other in others]
        beta = _network(self.bonus_net, jnp.stack(seen, axis=-1))[..., 0]
        spread = beta * jax.lax.rsqrt(1 + visit_counts)
        left = self.horizon - state.step

        def backup(q, k):
            v = q.max(axis=-1)
            mean = chance @ v
            variance = jnp.maximum(chance @ v**2 - mean**2, 0.0)
            better = paid + mean + spread * jnp.sqrt(1.0 + variance)
            return jnp.where(k < jnp.maximum(left, 1), better, q), None

        q, _ = jax.lax.scan(backup, jnp.zeros_like(paid), jnp.arange(self.horizon))
        q = here @ q
        apart = q - q.max()
        about = jnp.concatenate([left[None] / self.horizon, others])
        logits = apart * jnp.exp(1.0 + _network(self.temperature_net, about)[0])
        best = jnp.stack([q.max() / self.horizon, paid.max(axis=-1).mean()])
        value = _network(self.value, jnp.concatenate([best, about]))
        return jnp.concatenate([logits, value])


def _network(layers: tuple[Dense, Dense], x: Float[Array, "*n inputs"]) -> Float[Array, "*n 1"]:
    first, second = layers
    return second(jax.nn.silu(first(x)))
