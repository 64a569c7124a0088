"""A trial played from beginning to end: what any player does in one environment of a family."""

from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree

from yingshe.applications.agents.environments.base import Action, EnvironmentFamily, Task
from yingshe.standardizer import Standardizer


class Seen(NamedTuple):
    """What a player sees before it acts."""

    observation: Float[Array, " observation_dim"]
    start: Bool[Array, ""]
    """An episode begins here."""
    terminated: Bool[Array, ""]
    """The episode before this one came to an end of its own."""
    elapsed: Float[Array, ""]
    """Of the trial's steps, the fraction that is over."""


class Outcome(NamedTuple):
    """What an action brought."""

    observation: Float[Array, " observation_dim"]
    """The next one of the episode, be it the last: not yet that of the episode after it."""
    reward: Float[Array, ""]
    terminated: Bool[Array, ""]


@runtime_checkable
class Player(Protocol):
    """Whoever acts: an agent that learns, or a planner that stands beside it."""

    def begin(self, task: Task) -> Any:
        """Its state before a trial. The task is for those who are to know it."""
        ...

    def act(self, state: Any, seen: Seen, key: PRNGKeyArray) -> tuple[Action, Any]:
        """An action, and whatever is to be noted of it."""
        ...

    def learn(self, state: Any, seen: Seen, action: Action, outcome: Outcome) -> Any:
        """Its state after what the action brought."""
        ...


class Trial(NamedTuple):
    """All steps of one trial; beyond its end there is padding, which `mask` leaves out."""

    seen: Seen
    action: Float[Array, "steps action_dim"]
    reward: Float[Array, " steps"]
    terminated: Bool[Array, " steps"]
    """After this step."""
    episode: Int[Array, " steps"]
    mask: Bool[Array, " steps"]
    note: PyTree[Array]
    """What the player noted of each action."""

    def returns(self, episodes: int) -> Float[Array, " episodes"]:
        """The sum of rewards of each episode."""
        rewards = jnp.where(self.mask, self.reward, 0.0)
        return jax.ops.segment_sum(rewards, self.episode, num_segments=episodes)


class TrialKeys(NamedTuple):
    """Where the luck of a trial comes from: whoever plays with the same keys meets the same."""

    task: PRNGKeyArray
    reset: PRNGKeyArray
    """Folded with the number of the episode."""
    step: PRNGKeyArray
    """Folded with the number of the step in the trial."""
    player: PRNGKeyArray
    """For the choices of the player itself."""

    @classmethod
    def of(cls, key: PRNGKeyArray) -> "TrialKeys":
        """The keys of the trial that belongs to this key."""
        return cls(*jax.random.split(key, 4))


class _Now(NamedTuple):
    """Where a trial stands."""

    environment: PyTree[Array]
    player: PyTree[Array]
    observation: Float[Array, " observation_dim"]
    start: Bool[Array, ""]
    terminated: Bool[Array, ""]
    episode: Int[Array, ""]
    step: Int[Array, ""]
    """Of the episode."""


def play(family: EnvironmentFamily, player: Player, key: PRNGKeyArray) -> Trial:
    """One trial of a task drawn by the key. Jittable; batch with `jax.vmap` over keys.

    Task, resets and the luck of step t depend on the key alone: all players meet the same.
    """
    keys = TrialKeys.of(key)
    task = family.sample_task(keys.task)

    def step(now: _Now, t: Int[Array, ""]):
        seen = _seen(family, now, t)
        action, note = player.act(now.player, seen, jax.random.fold_in(keys.player, t))
        luck = jax.random.fold_in(keys.step, t)
        after = family.step(task, now.environment, action, luck)
        ended = after.terminated | (now.step + 1 >= family.episode_steps)
        episode = now.episode + ended
        reset = family.reset(task, jax.random.fold_in(keys.reset, episode))
        environment, observation = jax.tree.map(
            lambda new, old: jnp.where(ended, new, old), reset, (after.state, after.observation)
        )
        following = _Now(
            environment,
            player.learn(now.player, seen, action, Outcome(*after[1:])),
            observation,
            ended,
            after.terminated,
            episode,
            jnp.where(ended, 0, now.step + 1),
        )
        real = now.episode < family.episodes
        kept = (seen, action, after.reward, after.terminated, now.episode, real, note)
        return following, kept

    environment, observation = family.reset(task, jax.random.fold_in(keys.reset, 0))
    yes, zero = jnp.ones((), bool), jnp.zeros((), int)
    began = _Now(environment, player.begin(task), observation, yes, ~yes, zero, zero)
    return Trial(*jax.lax.scan(step, began, jnp.arange(family.trial_steps))[1])


@runtime_checkable
class PlaysMany(Protocol):
    """A family whose environments are not of JAX, and which plays many trials side by side."""

    observation_dim: int
    action_dim: int
    actions: Literal["discrete", "continuous"]
    episodes: int
    episode_steps: int
    standardizer: Standardizer

    @property
    def trial_steps(self) -> int: ...

    def play(self, player: Player, key: PRNGKeyArray, trials: int) -> Trial:
        """So many trials, with a leading axis of trials."""
        ...


AnyFamily = EnvironmentFamily | PlaysMany


def play_many(family: AnyFamily, player: Player, key: PRNGKeyArray, trials: int) -> Trial:
    """So many trials, each of a task of its own; with a leading axis of trials."""
    if isinstance(family, PlaysMany):
        return family.play(player, key, trials)
    return jax.vmap(lambda k: play(family, player, k))(jax.random.split(key, trials))


def _seen(family: EnvironmentFamily, now: _Now, t: Int[Array, ""]) -> Seen:
    return Seen(now.observation, now.start, now.terminated, t / family.trial_steps)
