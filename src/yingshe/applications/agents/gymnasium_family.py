"""Any Gymnasium environment as a family. Needs the extra: `pip install 'yingshe[agents]'`."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, cast

import equinox as eqx
import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from jaxtyping import Float, PRNGKeyArray

from yingshe.applications.agents.play import Outcome, Player, Seen, Trial
from yingshe.applications.agents.reading import pairs_of
from yingshe.errors import UserError
from yingshe.standardizer import Standardizer

Vary = Callable[[gymnasium.Env, np.random.Generator], None]
"""Makes another task of an environment: changes what it hides, before it is reset."""

_PLAYS = 64  # trials at random, from which units are learned


class GymnasiumFamily:
    """Environments that `make` makes, of which `vary` makes tasks.

    ```python
    def heavier(env, generator):
        env.unwrapped.masspole = generator.uniform(0.05, 0.5)

    family = GymnasiumFamily(lambda: gymnasium.make("CartPole-v1"), heavier, episodes=2)
    ```

    Observations of any space are flattened, boxes of actions are spoken to in numbers from -1 to 1,
    and observations and rewards are brought to mean 0 (rewards: as they are) and standard deviation
    1 as random play meets them. An episode ends where its environment says so, terminated or
    truncated, and the next one begins with the reset's observation, in the same task; `terminated`
    is told apart in what an agent sees.

    Args:
        make: makes one environment, with a limit of steps of its own where `episode_steps` is None.
        vary: makes a task of it; by default only the seed of its resets differs.
        episodes: of a trial.
        episode_steps: after which an episode is truncated; by default the environment's limit.
        seed: of the random play that units are learned from.

    Raises UserError for a space of actions that is neither Discrete nor a bounded Box, and where no
    limit of steps is known.
    """

    def __init__(
        self,
        make: Callable[[], gymnasium.Env],
        vary: Vary | None = None,
        *,
        episodes: int = 1,
        episode_steps: int | None = None,
        seed: int = 0,
    ):
        self.make, self.vary, self.episodes = make, vary, episodes
        env = make()
        self.observation_space, self.action_space = env.observation_space, env.action_space
        limit = episode_steps or (env.spec.max_episode_steps if env.spec is not None else None)
        self.name = env.spec.id if env.spec is not None else type(env.unwrapped).__name__
        env.close()
        if limit is None:
            raise UserError(f"{self.name} has no limit of steps; give episode_steps.")
        if episodes < 1 or limit < 1:
            raise UserError(f"{episodes} episodes of {limit} steps are no trial.")
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
            raise UserError(f"{self.name} has actions in {space}; Discrete or a bounded Box it is.")
        self.seed = seed
        self._vectors: dict[int, SyncVectorEnv] = {}
        self.standardizer = self._random_play()

    @property
    def trial_steps(self) -> int:
        """The most steps that a trial can have."""
        return self.episodes * self.episode_steps

    def play(self, player: Player, key: PRNGKeyArray, trials: int) -> Trial:
        """So many trials side by side, each of a task of its own; with a leading axis of trials.

        `player` has the three methods of `Player`, for one trial; they are batched and compiled.
        """
        calls = _Calls(player)
        return self._play(calls.begin, calls.act, calls.learn, key, trials)

    def _play(self, begin, act, learn, key: PRNGKeyArray, trials: int) -> Trial:
        generator = np.random.default_rng(np.asarray(jax.random.key_data(key)))
        envs = self._vector(trials)
        if self.vary is not None:
            for env in envs.envs:
                self.vary(env, generator)
        raw, _ = envs.reset(seed=int(generator.integers(2**31 - trials)))
        state = begin(trials)
        start, terminated = np.ones(trials, bool), np.zeros(trials, bool)
        episode = np.zeros(trials, int)
        kept = []
        for t in range(self.trial_steps):
            seen = self._seen(raw, start, terminated, t)
            action, note = act(state, seen, jax.random.fold_in(key, t))
            raw, reward, terminated, truncated, infos = envs.step(self._outward(np.asarray(action)))
            reward = np.asarray(reward, np.float32)
            real = episode < self.episodes
            last = self._flat(raw, infos.get("final_obs"))
            outcome = _on_device(Outcome, last, reward, terminated)
            state = learn(state, seen, action, outcome)
            kept.append((seen, action, reward, terminated, episode.copy(), real, note))
            start = np.asarray(terminated | truncated)
            episode = episode + start
            if np.all(episode >= self.episodes):
                break
        stacked = jax.tree.map(lambda *leaves: np.stack(leaves, axis=1), *kept)
        missing = self.trial_steps - len(kept)

        def padded(leaf):
            return jnp.pad(leaf, ((0, 0), (0, missing)) + ((0, 0),) * (leaf.ndim - 2))

        return Trial(*jax.tree.map(padded, stacked))

    def _random_play(self) -> Standardizer:
        def act(state, seen, key):
            if self.actions == "discrete":
                drawn = jax.random.randint(key, (_PLAYS,), 0, self.action_dim)
                return np.eye(self.action_dim, dtype=np.float32)[np.asarray(drawn)], ()
            shape = (_PLAYS, self.action_dim)
            return np.asarray(jax.random.uniform(key, shape, minval=-1.0)), ()

        trials = self._play(
            lambda n: (), act, lambda state, *told: state, jax.random.key(self.seed), _PLAYS
        )
        every = Standardizer.fit(pairs_of(trials))
        beside = np.arange(self.action_dim + 1) < self.action_dim
        return Standardizer(
            every.x_mean,
            every.x_scale,
            jnp.zeros(self.action_dim + 1),
            jnp.where(beside, 1.0, every.y_scale),
        )

    def _vector(self, trials: int) -> SyncVectorEnv:
        """The environments, made once for each number of them."""
        if trials not in self._vectors:

            def make():
                return gymnasium.wrappers.TimeLimit(self.make(), self.episode_steps)

            # Where an episode ends, the observation is already the next one's: no step is lost.
            mode = AutoresetMode.SAME_STEP
            self._vectors[trials] = SyncVectorEnv([make] * trials, autoreset_mode=mode)
        return self._vectors[trials]

    def _seen(self, raw: Any, start: np.ndarray, terminated: np.ndarray, t: int) -> Seen:
        elapsed = np.full(len(start), t / self.trial_steps, np.float32)
        return _on_device(Seen, self._flat(raw, None), start, terminated & start, elapsed)

    def _flat(self, raw: Any, final: Any) -> Float[np.ndarray, "trials observation_dim"]:
        """Observations as vectors; where an episode has ended, its `final` one."""
        space = self.observation_space
        if isinstance(space, spaces.Box):
            flat = np.asarray(raw, np.float32).reshape(-1, self.observation_dim)
        else:
            batch = gymnasium.vector.utils.batch_space(space, 1)
            flat = self._stacked(gymnasium.vector.utils.iterate(batch, raw))
        if final is None:
            return flat
        ends = [i for i, observation in enumerate(final) if observation is not None]
        flat = flat.copy()
        flat[ends] = self._stacked(final[i] for i in ends)
        return flat

    def _stacked(self, observations: Iterable[Any]) -> Float[np.ndarray, "n observation_dim"]:
        rows = [spaces.flatten(self.observation_space, one) for one in observations]
        return np.asarray(rows, np.float32)

    def _outward(self, action: Float[np.ndarray, "n action_dim"]) -> np.ndarray:
        if self.actions == "discrete":
            start = int(cast(spaces.Discrete, self.action_space).start)
            return np.argmax(action, axis=1) + start
        box = cast(spaces.Box, self.action_space)
        share = (np.clip(action, -1, 1) + 1) / 2
        share = share.reshape(len(action), *box.shape)
        return (box.low + share * (box.high - box.low)).astype(box.dtype)


def _on_device(record: type, *parts: np.ndarray):
    """A record of JAX's arrays."""
    return record(*(jnp.asarray(part) for part in parts))


class _Calls:
    """A player's methods, batched and compiled."""

    def __init__(self, player: Player):
        self._player = player

    def begin(self, trials: int):
        one = self._player.begin(None)
        return jax.tree.map(lambda leaf: np.repeat(np.asarray(leaf)[None], trials, axis=0), one)

    def act(self, state, seen: Seen, key: PRNGKeyArray):
        return _act(self._player, state, seen, key)

    def learn(self, state, seen: Seen, action, outcome: Outcome):
        return _learn(self._player, state, seen, action, outcome)


@eqx.filter_jit
def _act(player, state, seen: Seen, key: PRNGKeyArray):
    keys = jax.random.split(key, seen.start.shape[0])
    return jax.vmap(player.act)(state, seen, keys)


@eqx.filter_jit
def _learn(player, state, seen: Seen, action, outcome: Outcome):
    return jax.vmap(player.learn)(state, seen, action, outcome)
