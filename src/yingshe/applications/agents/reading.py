"""How a learner is an agent: the pairs it reads, and the policy and value in its predictions."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from yingshe.applications.agents.environments.base import Action
from yingshe.applications.agents.play import AnyFamily, Outcome, Seen, Trial
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Gaussian, Prediction

_ALIKE = 1e-4  # nats between logits that differ by rounding alone

BESIDE = 3
"""Columns of x beside the observation: start, terminated and elapsed."""


def dimensions(family: AnyFamily) -> dict[str, Any]:
    """The x_dim, y_dim and output of a learner for these environments.

    A pair is x = (observation, start, terminated, elapsed) and y = (action, reward); a prediction
    is the policy at x, in place of the action, and beside it the value, in place of the reward.
    """
    return {
        "x_dim": family.observation_dim + BESIDE,
        "y_dim": family.action_dim + 1,
        "output": "point" if family.actions == "discrete" else "gaussian",
    }


def fitting(name: str, family: AnyFamily) -> dict[str, Any]:
    """`dimensions`, and what else a learner of that name has to know of the environments."""
    more = {
        "deep_sets": {"num_extra_outputs": 1},
        "value_iteration_network": {
            "num_states": family.observation_dim,
            "horizon": family.episode_steps,
        },
    }
    return dimensions(family) | more.get(name, {})


def check_fits(learner: Learner, family: AnyFamily) -> None:
    """Raises UserError where the learner cannot be an agent in these environments."""
    for name, wanted in dimensions(family).items():
        if (found := getattr(learner, name)) != wanted:
            raise UserError(
                f"{type(learner).__name__} has {name} = {found!r}; an agent in "
                f"{type(family).__name__} wants {name} = {wanted!r}."
            )


def x_of(seen: Seen) -> Float[Array, "*batch x_dim"]:
    """What is seen, as the learner reads it."""
    beside = jnp.stack([seen.start, seen.terminated, seen.elapsed], axis=-1)
    return jnp.concatenate([seen.observation, beside], axis=-1)


def y_of(
    action: Float[Array, "*batch action_dim"], reward: Float[Array, "*batch"]
) -> Float[Array, "*batch y_dim"]:
    """What was done and what it brought, as the learner reads it."""
    return jnp.concatenate([action, reward[..., None]], axis=-1)


def pairs_of(trial: Trial) -> Pairs:
    """The pairs that a trial was to the learner; with leading axes those of many."""
    return Pairs(x_of(trial.seen), y_of(trial.action, trial.reward), trial.mask)


class PolicyAndValue(NamedTuple):
    """What an agent predicts."""

    policy: Categorical | Gaussian
    value: Float[Array, "*batch"]
    """Reward that is still to come, in the unit that training chose."""

    def entropy(self) -> Float[Array, "*batch"]:
        """Of the policy, in nats."""
        if isinstance(self.policy, Categorical):
            return -jnp.sum(self.policy.probs * jax.nn.log_softmax(self.policy.logits), axis=-1)
        return 0.5 * jnp.sum(jnp.log(2 * jnp.pi * jnp.e * self.policy.variance), axis=-1)


def read_prediction(prediction: Prediction) -> PolicyAndValue:
    """The policy and the value in a learner's prediction."""
    value = prediction.mean[..., -1]
    if isinstance(prediction, Gaussian):
        policy = Gaussian(prediction.mean[..., :-1], prediction.variance[..., :-1])
        return PolicyAndValue(policy, value)
    return PolicyAndValue(Categorical(prediction.mean[..., :-1]), value)


class Noted(NamedTuple):
    """What an agent notes of an action."""

    log_prob: Float[Array, ""]
    value: Float[Array, ""]


class LearnerPlays(eqx.Module):
    """A learner as a player; `greedy` takes the most probable action instead of drawing one."""

    learner: Learner
    greedy: bool = eqx.field(static=True, default=False)

    def begin(self, task):
        return self.learner.init_state()

    def act(self, state, seen: Seen, key: PRNGKeyArray) -> tuple[Action, Noted]:
        policy, value = read_prediction(self.learner.predict(state, x_of(seen)))
        action = most_probable(policy) if self.greedy else policy.sample(key)
        return action, Noted(policy.log_prob(action), value)

    def learn(self, state, seen: Seen, action: Action, outcome: Outcome):
        return self.learner.observe(state, x_of(seen), y_of(action, outcome.reward))


def most_probable(policy: Categorical | Gaussian) -> Float[Array, "*batch action_dim"]:
    """The action at the policy's mode.

    Actions that the policy cannot tell apart count together: where each of forty arms that were
    never pulled is as good as another, what counts is the probability of pulling any of them.
    """
    if isinstance(policy, Gaussian):
        return policy.mean
    logits = policy.logits
    alike = jnp.abs(logits[..., :, None] - logits[..., None, :]) < _ALIKE
    together = logits + jnp.log(jnp.sum(alike, axis=-1))
    best = jnp.argmax(together, axis=-1)
    return jax.nn.one_hot(best, logits.shape[-1], dtype=logits.dtype)
