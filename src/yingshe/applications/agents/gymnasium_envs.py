"""Gymnasium environments as a distribution. Needs `pip install 'yingshe[agents]'`."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, cast

import equinox as eqx
import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from jaxtyping import Bool, Float, PRNGKeyArray

from yingshe.applications.agents._encoding import trajectory_to_pairs
from yingshe.applications.agents.rollout import PolicyInput, StepResult, Trajectory
from yingshe.applications.policy import PlansEpisodes, Policy
from yingshe.errors import UserError
from yingshe.standardizer import Standardizer

Randomize = Callable[[gymnasium.Env, np.random.Generator], None]
"""Domain randomization: draw the hidden parameters of an environment, before it is reset."""

_NUM_WARMUP_TRIALS = 64  # trials of random actions that the standardizer is fitted to


class GymnasiumEnvDistribution:
    """Distribution over Gymnasium environments; each call of `randomize` draws a task.

    ```python
    def heavier(env, generator):
        env.unwrapped.masspole = generator.uniform(0.05, 0.5)

    cartpoles = GymnasiumEnvDistribution(
        lambda: gymnasium.make("CartPole-v1"), heavier, episodes=2
    )
    ```

    Observations of any space are flattened, and box actions are rescaled from [-1, 1]. Observations
    are standardized, and rewards are divided by their standard deviation, both estimated from
    random actions. After an episode is terminated or truncated, the next one starts in the same
    task with the observation of the reset. Policies see `terminated` separately.

    Args:
        make_env: Function that makes one environment.
        randomize: Function that draws a task; by default only the seeds of resets differ.
        episodes: Number of episodes in a trial.
        episode_steps: Number of steps after which an episode is truncated; by default the
            environment's own limit.
        seed: Seed of the random actions that the standardizer is fitted to.

    Raises:
        UserError: The action space is neither Discrete nor a bounded Box, no step limit is known,
            or a count is below 1.
    """

    def __init__(
        self,
        make_env: Callable[[], gymnasium.Env],
        randomize: Randomize | None = None,
        *,
        episodes: int = 1,
        episode_steps: int | None = None,
        seed: int = 0,
    ):
        self.make_env, self.randomize, self.episodes = make_env, randomize, episodes
        env = make_env()
        self.observation_space, self.action_space = env.observation_space, env.action_space
        limit = episode_steps or (env.spec.max_episode_steps if env.spec is not None else None)
        self.name = env.spec.id if env.spec is not None else type(env.unwrapped).__name__
        env.close()
        if limit is None:
            raise UserError(f"episode_steps is missing: {self.name} has no step limit.")
        if episodes < 1 or limit < 1:
            raise UserError(
                "episodes and episode_steps must be at least 1, "
                f"got episodes = {episodes} and episode_steps = {limit}."
            )
        self.episode_steps = limit
        self.observation_dim = int(spaces.flatdim(self.observation_space))
        space = self.action_space
        if isinstance(space, spaces.Discrete):
            self.actions: Literal["discrete", "continuous"] = "discrete"
            self.action_dim = int(space.n)
        elif isinstance(space, spaces.Box) and space.is_bounded():
            self.actions = "continuous"
            self.action_dim = int(np.prod(space.shape))
        else:
            raise UserError(
                f"Unsupported action space {space} of {self.name}: expected Discrete or a bounded "
                "Box; wrap the environment with gymnasium.wrappers.TransformAction."
            )
        self.seed = seed
        self._vectors: dict[int, SyncVectorEnv] = {}
        self.standardizer = self._fit_standardizer()

    @property
    def trial_steps(self) -> int:
        """Return the largest number of steps in a trial."""
        return self.episodes * self.episode_steps

    def rollout_batch(self, policy: Policy, key: PRNGKeyArray, num_trials: int) -> Trajectory:
        """Roll out a policy in many trials, each with its own task.

        Args:
            policy: Policy for one trial, in JAX; its methods are batched and compiled.
            key: PRNG key of all trials.
            num_trials: Number of trials.

        Returns:
            The trajectories, with a leading axis of trials.
        """

        def init_state(n):
            state = policy.init_state(None)
            return jax.tree.map(lambda leaf: np.repeat(np.asarray(leaf)[None], n, axis=0), state)

        def act(state, inputs, key):
            return _act(policy, state, inputs, key)

        def update(state, inputs, action, result):
            return _update(policy, state, inputs, action, result)

        return self._rollout(init_state, act, update, key, num_trials)

    def _rollout(self, init_state, act, update, key: PRNGKeyArray, num_trials: int) -> Trajectory:
        """Roll out batched functions of a policy; `act` also returns the states with plans."""
        generator = np.random.default_rng(np.asarray(jax.random.key_data(key)))
        envs = self._make_vector_env(num_trials)
        if self.randomize is not None:
            for env in envs.envs:
                self.randomize(env, generator)
        raw, _ = envs.reset(seed=int(generator.integers(2**31 - num_trials)))
        state = init_state(num_trials)
        start, terminated = np.ones(num_trials, bool), np.zeros(num_trials, bool)
        episode = np.zeros(num_trials, int)
        rows = []
        for t in range(self.trial_steps):
            inputs = self._policy_input(raw, start, terminated, t)
            state, action, info = act(state, inputs, jax.random.fold_in(key, t))
            raw, reward, terminated, truncated, infos = envs.step(
                self._to_env_action(np.asarray(action))
            )
            reward = np.asarray(reward, np.float32)
            real = episode < self.episodes
            last = self._flatten(raw, infos.get("final_obs"))
            result = StepResult(jnp.asarray(last), jnp.asarray(reward), jnp.asarray(terminated))
            state = update(state, inputs, action, result)
            rows.append((inputs, action, reward, terminated, episode.copy(), real, info))
            start = np.asarray(terminated | truncated)
            episode = episode + start
            if np.all(episode >= self.episodes):
                break
        stacked = jax.tree.map(lambda *leaves: np.stack(leaves, axis=1), *rows)
        missing = self.trial_steps - len(rows)

        def pad(leaf):
            return jnp.pad(leaf, ((0, 0), (0, missing)) + ((0, 0),) * (leaf.ndim - 2))

        return Trajectory(*jax.tree.map(pad, stacked))

    def _fit_standardizer(self) -> Standardizer:
        n = _NUM_WARMUP_TRIALS

        def act(state, inputs, key):
            if self.actions == "discrete":
                choices = jax.random.randint(key, (n,), 0, self.action_dim)
                return (), np.eye(self.action_dim, dtype=np.float32)[np.asarray(choices)], ()
            return (), np.asarray(jax.random.uniform(key, (n, self.action_dim), minval=-1.0)), ()

        trials = self._rollout(
            lambda n: (), act, lambda *arguments: (), jax.random.key(self.seed), n
        )
        fitted = Standardizer.fit(trajectory_to_pairs(trials))
        is_action = np.arange(self.action_dim + 1) < self.action_dim
        return Standardizer(
            fitted.x_mean,
            fitted.x_scale,
            jnp.zeros(self.action_dim + 1),
            jnp.where(is_action, 1.0, fitted.y_scale),
        )

    def _make_vector_env(self, num_trials: int) -> SyncVectorEnv:
        """Return the environments; they are made once for each number of trials."""
        if num_trials not in self._vectors:

            def make_env():
                return gymnasium.wrappers.TimeLimit(self.make_env(), self.episode_steps)

            # At the end of an episode, the observation is that of the next one: no step is lost.
            mode = AutoresetMode.SAME_STEP
            self._vectors[num_trials] = SyncVectorEnv([make_env] * num_trials, autoreset_mode=mode)
        return self._vectors[num_trials]

    def _policy_input(
        self, raw: Any, start: Bool[np.ndarray, " n"], terminated: Bool[np.ndarray, " n"], t: int
    ) -> PolicyInput:
        elapsed = np.full(len(start), t / self.trial_steps, np.float32)
        return PolicyInput(
            jnp.asarray(self._flatten(raw, None)),
            jnp.asarray(start),
            jnp.asarray(terminated & start),
            jnp.asarray(elapsed),
        )

    def _flatten(self, raw: Any, final: Any) -> Float[np.ndarray, "trials observation_dim"]:
        """Return observations as vectors; `final` ones where an episode has ended."""
        space = self.observation_space
        if isinstance(space, spaces.Box):
            flat = np.asarray(raw, np.float32).reshape(-1, self.observation_dim)
        else:
            batch = gymnasium.vector.utils.batch_space(space, 1)
            flat = self._stack(gymnasium.vector.utils.iterate(batch, raw))
        if final is None:
            return flat
        ends = [i for i, observation in enumerate(final) if observation is not None]
        flat = flat.copy()
        flat[ends] = self._stack(final[i] for i in ends)
        return flat

    def _stack(self, observations: Iterable[Any]) -> Float[np.ndarray, "n observation_dim"]:
        rows = [spaces.flatten(self.observation_space, row) for row in observations]
        return np.asarray(rows, np.float32)

    def _to_env_action(self, action: Float[np.ndarray, "n action_dim"]) -> np.ndarray:
        if self.actions == "discrete":
            start = int(cast(spaces.Discrete, self.action_space).start)
            return np.argmax(action, axis=1) + start
        box = cast(spaces.Box, self.action_space)
        fraction = (np.clip(action, -1, 1) + 1) / 2
        fraction = fraction.reshape(len(action), *box.shape)
        return (box.low + fraction * (box.high - box.low)).astype(box.dtype)


@eqx.filter_jit
def _act(policy: Policy, state: Any, inputs: PolicyInput, key: PRNGKeyArray):
    """Return the states with plans for episodes that start, actions, and their information."""

    def act(state, step, key):
        if isinstance(policy, PlansEpisodes):
            plan_key, key = jax.random.split(key)
            planned = policy.begin_episode(state, plan_key)
            state = jax.tree.map(lambda a, b: jnp.where(step.start, a, b), planned, state)
        return state, *policy.act(state, step, key)

    keys = jax.random.split(key, inputs.start.shape[0])
    return jax.vmap(act)(state, inputs, keys)


@eqx.filter_jit
def _update(policy: Policy, state: Any, inputs: PolicyInput, action: Any, result: StepResult):
    return jax.vmap(policy.update)(state, inputs, action, result)
