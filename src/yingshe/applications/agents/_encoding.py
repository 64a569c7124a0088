"""Time steps as pairs of a learner, and predictions of a learner as policy and value."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from yingshe.applications.agents.rollout import AnyEnvDistribution, PolicyInput, Trajectory
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.pairs import Pairs
from yingshe.prediction import Categorical, Gaussian, Prediction

_TIE_TOLERANCE = 1e-4  # nats; logits that differ by less differ by rounding only

NUM_EXTRA_INPUTS = 3
"""Number of columns of x after the observation: start, terminated, elapsed."""


def learner_dims(env_distribution: AnyEnvDistribution) -> dict[str, Any]:
    """Return the dimensions and likelihood of a learner for these environments.

    One time step is one pair: x = (observation, start, terminated, elapsed), y = (action, reward).
    A prediction holds the policy at x in place of the action, and the value in place of the reward.

    Args:
        env_distribution: Environments that the learner acts in.

    Returns:
        Constructor arguments `x_dim`, `y_dim` and `likelihood`.
    """
    return {
        "x_dim": env_distribution.observation_dim + NUM_EXTRA_INPUTS,
        "y_dim": env_distribution.action_dim + 1,
        "likelihood": "point" if env_distribution.actions == "discrete" else "gaussian",
    }


def learner_kwargs(name: str, env_distribution: AnyEnvDistribution) -> dict[str, Any]:
    """Return all constructor arguments of a learner that these environments determine.

    Args:
        name: Key of the learner in `yingshe.learners.LEARNERS`.
        env_distribution: Environments that the learner acts in.

    Returns:
        `learner_dims`, and the arguments that only this learner has.
    """
    specific = {
        "deep_sets": {"num_extra_outputs": 1},
        "value_iteration_network": {
            "num_states": env_distribution.observation_dim,
            "horizon": env_distribution.episode_steps,
        },
    }
    return learner_dims(env_distribution) | specific.get(name, {})


def check_fits(learner: Learner, env_distribution: AnyEnvDistribution) -> None:
    """Raise UserError if the learner's dimensions are not those of the environments."""
    for name, expected in learner_dims(env_distribution).items():
        if (value := getattr(learner, name)) != expected:
            raise UserError(
                f"{name} of the {type(learner).__name__} must be {expected!r} for an agent in "
                f"{type(env_distribution).__name__}, got {name} = {value!r}."
            )


def encode_input(step: PolicyInput) -> Float[Array, "*batch x_dim"]:
    """Return the x of a time step."""
    extra = jnp.stack([step.start, step.terminated, step.elapsed], axis=-1)
    return jnp.concatenate([step.observation, extra], axis=-1)


def encode_target(
    action: Float[Array, "*batch action_dim"], reward: Float[Array, "*batch"]
) -> Float[Array, "*batch y_dim"]:
    """Return the y of a time step."""
    return jnp.concatenate([action, reward[..., None]], axis=-1)


def trajectory_to_pairs(trajectory: Trajectory) -> Pairs:
    """Convert a trajectory, or a batch of trajectories, to (x, y) pairs."""
    return Pairs(
        encode_input(trajectory.inputs),
        encode_target(trajectory.action, trajectory.reward),
        trajectory.mask,
    )


class ActorCriticOutput(NamedTuple):
    """Policy and value estimate at a time step."""

    policy: Categorical | Gaussian
    value: Float[Array, "*batch"]
    """Discounted return of the rest of the trial, in units of `value_scale`."""

    def entropy(self) -> Float[Array, "*batch"]:
        """Return the entropy of the policy, in nats."""
        if isinstance(self.policy, Categorical):
            return -jnp.sum(self.policy.probs * jax.nn.log_softmax(self.policy.logits), axis=-1)
        return 0.5 * jnp.sum(jnp.log(2 * jnp.pi * jnp.e * self.policy.variance), axis=-1)


def split_policy_value(prediction: Prediction) -> ActorCriticOutput:
    """Split the prediction of a learner into policy and value."""
    value = prediction.mean[..., -1]
    if isinstance(prediction, Gaussian):
        policy = Gaussian(prediction.mean[..., :-1], prediction.variance[..., :-1])
        return ActorCriticOutput(policy, value)
    return ActorCriticOutput(Categorical(prediction.mean[..., :-1]), value)


def mode_action(policy: Categorical | Gaussian) -> Float[Array, "*batch action_dim"]:
    """Return the action at the mode of a policy.

    Actions with equal logits count as one action with the sum of their probabilities. For example,
    forty arms that were never pulled compete together with the best known arm.

    Args:
        policy: Categorical over actions, or Gaussian.

    Returns:
        One-hot action, or the mean.
    """
    if isinstance(policy, Gaussian):
        return policy.mean
    logits = policy.logits
    tied = jnp.abs(logits[..., :, None] - logits[..., None, :]) < _TIE_TOLERANCE
    pooled = logits + jnp.log(jnp.sum(tied, axis=-1))
    return jax.nn.one_hot(jnp.argmax(pooled, axis=-1), logits.shape[-1], dtype=logits.dtype)
