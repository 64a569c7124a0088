"""An agent in hand: it acts, and learns from what comes of it."""

import os
from typing import Any, NamedTuple, SupportsFloat

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree
from numpy.typing import ArrayLike

from yingshe import zoo
from yingshe.applications.agents.play import Seen
from yingshe.applications.agents.reading import (
    BESIDE,
    most_probable,
    read_prediction,
    x_of,
    y_of,
)
from yingshe.errors import UserError
from yingshe.learners import Learner
from yingshe.serialization import read_learner, write_learner


class Memory(NamedTuple):
    """All that an agent knows in the middle of a trial."""

    state: PyTree[Array]
    """The learner's."""
    x: Float[Array, " x_dim"]
    """Where the last action was taken."""
    action: Float[Array, " action_dim"]
    pending: Bool[Array, ""]
    """The last action's reward is not known yet."""
    start: Bool[Array, ""]
    terminated: Bool[Array, ""]
    step: Int[Array, ""]
    """Of the trial."""


class Agent:
    """A trained learner that acts in one environment, and finds out about it as it does.

    ```python
    agent = Agent.load("cartpole", seed=0)
    for episode in range(2):
        observation, _ = env.reset()
        over = False
        while not over:
            observation, reward, terminated, truncated, _ = env.step(agent.act(observation))
            agent.learn(reward, terminated, truncated)
            over = terminated or truncated
    ```

    It remembers across episodes until `begin_trial`. Actions are whole numbers where they are
    discrete, and arrays of numbers from -1 to 1 where not.

    Args:
        learner: that `reinforce` or `imitate` has trained.
        trial_steps: the most steps that a trial has: agents explore less towards its end.
        seed: of the actions that are drawn.
        greedy: take the most probable action instead of drawing one.
    """

    def __init__(self, learner: Learner, *, trial_steps: int, seed: int = 0, greedy: bool = False):
        if trial_steps < 1:
            raise UserError(f"A trial of {trial_steps} steps is none.")
        self.learner, self.trial_steps, self.greedy = learner, trial_steps, greedy
        self._key = jax.random.key(seed)
        self.begin_trial()

    @classmethod
    def load(cls, path_or_name: str | os.PathLike, *, seed: int = 0, greedy: bool = False):
        """An agent as `save` left it; or a new one from a run folder or the zoo.

        Raises UserError where there is none, and where the learner was no agent's.
        """
        path = zoo.resolve(path_or_name)
        try:
            learner, memory, metadata = read_learner(path, kind="agent", state_of=_first)
        except UserError:
            learner, _, metadata = read_learner(path)
            memory = _first(learner)
        if "trial_steps" not in metadata.get("metadata", metadata):
            raise UserError(f"{path_or_name} was not trained to act; name an agent's run or file.")
        steps = metadata.get("metadata", metadata)["trial_steps"]
        agent = cls(learner, trial_steps=steps, seed=seed, greedy=greedy)
        agent._memory = memory
        return agent

    def save(self, path: str | os.PathLike) -> None:
        """Write the agent with all that it knows of its trial to one file."""
        metadata = {"trial_steps": self.trial_steps}
        write_learner(path, self.learner, kind="agent", state=self._memory, metadata=metadata)

    def begin_trial(self) -> None:
        """Forget: the environment is another one from now on."""
        self._memory = _first(self.learner)

    def act(self, observation: ArrayLike) -> int | np.ndarray:
        """The action at an observation (observation_dim,).

        Raises UserError on another shape, and where the last action's reward was not told.
        """
        if bool(self._memory.pending):
            raise UserError("Tell what the last action brought first: agent.learn(reward, …).")
        observation = _checked(observation, self.learner, 1)
        act_key = jax.random.fold_in(self._key, self._memory.step)
        self._memory, action = _act(
            self.learner, self._memory, observation, self._elapsed(), act_key, self.greedy
        )
        return _native(action, self.learner)

    def learn(
        self, reward: SupportsFloat, terminated: bool | np.bool_, truncated: bool | np.bool_
    ) -> None:
        """What the last action brought. Raises UserError where there was none."""
        if not bool(self._memory.pending):
            raise UserError("There is no action to learn from; call agent.act(observation) first.")
        self._memory = _learn(
            self.learner,
            self._memory,
            jnp.asarray(float(reward)),
            jnp.asarray(bool(terminated)),
            jnp.asarray(bool(truncated)),
        )

    def predict(
        self,
        observation: ArrayLike,
        state: Memory | None = None,
        episode_start: ArrayLike | None = None,
        deterministic: bool = False,
        *,
        reward: ArrayLike | None = None,
        terminated: ArrayLike | None = None,
    ) -> tuple[np.ndarray, Memory]:
        """Actions for a batch of environments (n, observation_dim), as Stable-Baselines3 has it.

        ```python
        state, start, reward = None, np.ones(n, bool), np.zeros(n)
        while True:
            action, state = agent.predict(observation, state, start, reward=reward)
            observation, reward, start, _ = env.step(action)
        ```

        Args:
            observation: (n, observation_dim).
            state: what the call before returned; None where trials begin.
            episode_start: (n,), whether an episode begins; a trial goes on over it. To begin a
                trial anew in all n environments, pass state=None.
            deterministic: take the most probable actions.
            reward: (n,), of the actions before; without it the agent can learn nothing.
            terminated: (n,), whether episodes that ended did so on their own, and were not
                truncated; all of them by default.

        Raises UserError on other shapes.
        """
        observation = _checked(observation, self.learner, 2)
        n = len(observation)
        start = _checked_flags("episode_start", episode_start, n, state is None)
        ended = _checked_flags("terminated", terminated, n, True)
        if state is None:
            fresh = _first(self.learner)
            state = Memory(*jax.tree.map(lambda a: jnp.broadcast_to(a, (n, *a.shape)), fresh))
        brought = jnp.zeros(n) if reward is None else jnp.asarray(reward, float)
        if brought.shape != (n,):
            raise UserError(f"reward has shape {brought.shape}; it must be ({n},).")
        self._key, act_key = jax.random.split(self._key)
        state, action = _predict(
            self.learner,
            state,
            (observation, brought, start, ended),
            self.trial_steps,
            jax.random.split(act_key, n),
            deterministic or self.greedy,
        )
        if self.learner.likelihood != "gaussian":
            action = jnp.argmax(action, axis=-1)
        return np.asarray(action), state

    def _elapsed(self) -> Float[Array, ""]:
        return jnp.minimum(self._memory.step / self.trial_steps, 1.0)


def _first(learner: Learner) -> Memory:
    """Before a trial."""
    no, yes = jnp.zeros((), bool), jnp.ones((), bool)
    return Memory(
        learner.init_state(),
        jnp.zeros(learner.x_dim),
        jnp.zeros(learner.y_dim - 1),
        no,
        yes,
        no,
        jnp.zeros((), jnp.int32),
    )


@eqx.filter_jit
def _act(
    learner: Learner,
    memory: Memory,
    observation: Float[Array, " observation_dim"],
    elapsed: Float[Array, ""],
    key: PRNGKeyArray,
    greedy: bool,
) -> tuple[Memory, Float[Array, " action_dim"]]:
    x = x_of(Seen(observation, memory.start, memory.terminated, elapsed))
    policy = read_prediction(learner.predict(memory.state, x)).policy
    action = most_probable(policy) if greedy else policy.sample(key)
    return memory._replace(x=x, action=action, pending=jnp.ones((), bool)), action


@eqx.filter_jit
def _learn(learner: Learner, memory: Memory, reward, terminated, truncated) -> Memory:
    state = learner.observe(memory.state, memory.x, y_of(memory.action, reward))
    return Memory(
        state,
        memory.x,
        memory.action,
        jnp.zeros((), bool),
        terminated | truncated,
        terminated,
        memory.step + 1,
    )


@eqx.filter_jit
def _predict(learner: Learner, memories: Memory, told: Any, trial_steps: int, keys, greedy: bool):
    def one(memory: Memory, told, key):
        observation, reward, start, terminated = told
        learned = _learn(learner, memory, reward, start & terminated, start)
        memory = jax.tree.map(lambda a, b: jnp.where(memory.pending, a, b), learned, memory)
        elapsed = jnp.minimum(memory.step / trial_steps, 1.0)
        return _act(learner, memory, observation, elapsed, key, greedy)

    return jax.vmap(one)(memories, told, keys)


def _checked(observation: ArrayLike, learner: Learner, ndim: int) -> Float[Array, "..."]:
    observation = jnp.asarray(observation, float)
    wanted = learner.x_dim - BESIDE
    if observation.ndim != ndim or observation.shape[-1] != wanted:
        shape = f"({wanted},)" if ndim == 1 else f"(n, {wanted})"
        raise UserError(f"The observation has shape {observation.shape}; it must be {shape}.")
    return observation


def _checked_flags(name: str, flags: ArrayLike | None, n: int, default: bool) -> Bool[Array, " n"]:
    if flags is None:
        return jnp.full(n, default)
    flags = jnp.asarray(flags, bool)
    if flags.shape != (n,):
        raise UserError(f"{name} has shape {flags.shape}; it must be ({n},).")
    return flags


def _native(action: Float[Array, " action_dim"], learner: Learner) -> int | np.ndarray:
    if learner.likelihood == "gaussian":
        return np.clip(np.asarray(action), -1.0, 1.0)
    return int(jnp.argmax(action))
