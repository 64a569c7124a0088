"""A network that plans: value iteration in the Markov decision process it has read so far."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.errors import UserError
from yingshe.learners.base import Learner
from yingshe.learners.layers import Dense
from yingshe.learners.output import Output, to_prediction
from yingshe.pairs import Pairs
from yingshe.prediction import Prediction


class Experience(NamedTuple):
    """What was met in a Markov decision process."""

    transitions: Float[Array, "*n states choices states"]
    """How often each was met."""
    times: Float[Array, "*n states choices"]
    """How often each choice was made."""
    rewards: Float[Array, "*n states choices"]
    """What they paid, in all."""
    last: Float[Array, "*n states choices"]
    """1 at the last choice; all 0 where its outcome is known, or there was none."""
    step: Float[Array, "*n"]
    """Choices made in this episode."""


class ValueIteration(Learner):
    """Plans by value iteration in what it knows of a Markov decision process, with curiosity.

    x = (state one-hot, start of an episode, others), y = (choice one-hot, reward). With n the
    number of times that a was chosen in s, p̂ and r̂ the posterior means after them,

        Q_k(s, a) = r̂ + p̂ᵀV_{k-1} + β √((1 + var_p̂ V_{k-1}) / (n + 1)),    V_k = max_a Q_k,

    for the k = horizon - step choices that are left of the episode. The curiosity β is a network of
    n and the others, with two layers of `hidden` units; the pseudo-counts behind p̂ and r̂ are
    learned too. Predicted are logits of the choices, a learned factor times Q(s, ·), and beside
    them a value.

    Value iteration as a layer: Tamar et al., Value Iteration Networks, 2016. Bonuses of that form:
    Azar, Osband and Munos, Minimax Regret Bounds for Reinforcement Learning (UCBVI), 2017, and,
    with β / n, Kolter and Ng, Near-Bayesian Exploration in Polynomial Time (BEB), 2009.
    """

    x_dim: int = eqx.field(static=True)
    y_dim: int = eqx.field(static=True)
    output: Output = eqx.field(static=True)
    states: int = eqx.field(static=True)
    horizon: int = eqx.field(static=True)
    hidden: int = eqx.field(static=True)

    log_prior: Float[Array, "2"]  # pseudo-counts of each next state, and of the reward
    prior_reward: Float[Array, ""]
    curiosity: tuple[Dense, Dense]
    sharpness: tuple[Dense, Dense]
    value: tuple[Dense, Dense]

    def __init__(
        self,
        x_dim: int,
        y_dim: int,
        *,
        output: Output = "squared_error",
        states: int | None = None,
        horizon: int = 10,
        hidden: int = 16,
        key: PRNGKeyArray,
    ):
        """Draw the initial parameters.

        Args:
            x_dim: states, the mark of an episode's start, and others.
            y_dim: choices, and the reward.
            output: "squared_error": logits and a value are points.
            states: of the process; all of x but the mark by default.
            horizon: choices in an episode.
            hidden: width of the networks.
            key: for the initial parameters.

        Raises UserError where the output is another, or x has no room for the states.
        """
        states = x_dim - 1 if states is None else states
        if output != "squared_error":
            raise UserError(f"ValueIteration predicts points; output is '{output}'.")
        if not 0 < states < x_dim or y_dim < 2:
            raise UserError(
                f"x has {x_dim} columns and y {y_dim}; wanted are {states} states and the mark of "
                "an episode's start, and a choice and a reward."
            )
        self.x_dim, self.y_dim, self.output = x_dim, y_dim, output
        self.states, self.horizon, self.hidden = states, horizon, hidden
        self.log_prior, self.prior_reward = jnp.zeros(2), jnp.zeros(())
        keys = jax.random.split(key, 6)
        others = x_dim - states - 1
        self.curiosity = (
            Dense(3 + others, hidden, key=keys[0]),
            Dense(hidden, 1, scale=0.1, bias=0.5, key=keys[1]),
        )
        self.sharpness = (
            Dense(1 + others, hidden, key=keys[2]),
            Dense(hidden, 1, scale=0.1, key=keys[3]),
        )
        self.value = (
            Dense(3 + others, hidden, key=keys[4]),
            Dense(hidden, 1, scale=0.1, key=keys[5]),
        )

    @property
    def choices(self) -> int:
        """That there are in each state."""
        return self.y_dim - 1

    def init_state(self) -> Experience:
        pairs = (self.states, self.choices)
        return Experience(
            jnp.zeros((*pairs, self.states)),
            jnp.zeros(pairs),
            jnp.zeros(pairs),
            jnp.zeros(pairs),
            jnp.zeros(()),
        )

    def observe(
        self, state: Experience, x: Float[Array, " x_dim"], y: Float[Array, " y_dim"]
    ) -> Experience:
        arrived = self._arrive(state, x)
        chosen = x[: self.states, None] * y[: self.choices]
        return Experience(
            arrived.transitions,
            arrived.times + chosen,
            arrived.rewards + chosen * y[-1],
            chosen,
            arrived.step + 1,
        )

    def predict(self, state: Experience, x: Float[Array, " x_dim"]) -> Prediction:
        return to_prediction(self.output, self._answer(self._arrive(state, x), x), self.y_dim)

    def prequential(self, pairs: Pairs) -> Prediction:
        def step(state, pair):
            x, y, real = pair
            after = self.observe(state, x, y)
            after = jax.tree.map(lambda new, old: jnp.where(real, new, old), after, state)
            return after, self._arrive(state, x)

        # What was met does not depend on parameters: only the plans are differentiated.
        _, arrived = jax.lax.scan(step, self.init_state(), (pairs.x, pairs.y, pairs.mask))
        raw = jax.vmap(self._answer)(arrived, pairs.x)
        return to_prediction(self.output, raw, self.y_dim)

    def _arrive(self, state: Experience, x: Float[Array, " x_dim"]) -> Experience:
        """With the outcome of the last choice, where the episode goes on."""
        goes_on = 1.0 - x[self.states]
        met = goes_on * state.last[..., None] * x[: self.states]
        return state._replace(
            transitions=state.transitions + met,
            last=jnp.zeros_like(state.last),
            step=state.step * goes_on,
        )

    def _answer(self, state: Experience, x: Float[Array, " x_dim"]) -> Float[Array, " y_dim"]:
        here, others = x[: self.states], x[self.states + 1 :]
        prior, prior_reward = jnp.exp(self.log_prior)
        met, times = jnp.maximum(state.transitions, 0) + prior, jnp.maximum(state.times, 0)
        chance = met / met.sum(axis=-1, keepdims=True)
        paid = (state.rewards + prior_reward * self.prior_reward) / (times + prior_reward)
        seen = [jax.lax.rsqrt(1 + times), 1 / (1 + times), jnp.log1p(times) / 4]
        seen += [jnp.broadcast_to(other, times.shape) for other in others]
        beta = _network(self.curiosity, jnp.stack(seen, axis=-1))[..., 0]
        spread = beta * jax.lax.rsqrt(1 + times)
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
        logits = apart * jnp.exp(1.0 + _network(self.sharpness, about)[0])
        best = jnp.stack([q.max() / self.horizon, paid.max(axis=-1).mean()])
        value = _network(self.value, jnp.concatenate([best, about]))
        return jnp.concatenate([logits, value])


def _network(layers: tuple[Dense, Dense], x: Float[Array, "*n inputs"]) -> Float[Array, "*n 1"]:
    first, second = layers
    return second(jax.nn.silu(first(x)))
