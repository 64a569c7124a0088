"""RecurrentPPO for `agent_speed.py`. Trains on for every line it reads, and says how fast."""

import sys
import time

from sb3_contrib import RecurrentPPO
from stable_baselines3.common.env_util import make_vec_env

STEPS = 128  # of each environment in a round; its default


def main():
    environments, hidden, epochs, minibatches, seed = map(int, sys.argv[1:])
    env = make_vec_env("CartPole-v1", n_envs=environments, seed=seed)
    policy = {"lstm_hidden_size": hidden, "enable_critic_lstm": False, "shared_lstm": True}
    model = RecurrentPPO(
        "MlpLstmPolicy",
        env,
        n_steps=STEPS,
        batch_size=environments * STEPS // minibatches,
        n_epochs=epochs,
        policy_kwargs=policy,
        seed=seed,
        device="cpu",
    )
    model.learn(environments * STEPS)
    for _ in sys.stdin:
        began, before = time.perf_counter(), model.num_timesteps
        model.learn(2 * environments * STEPS, reset_num_timesteps=False)
        print((model.num_timesteps - before) / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
