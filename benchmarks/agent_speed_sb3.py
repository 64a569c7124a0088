"""RecurrentPPO for `agent_speed.py`. Trains on for every line it reads, and says how fast."""

import sys
import time

from sb3_contrib import RecurrentPPO
from stable_baselines3.common.env_util import make_vec_env

ENVIRONMENTS, STEPS = 8, 128  # its defaults are 1 and 128: 8 side by side make it faster


def main():
    hidden, epochs, seed = map(int, sys.argv[1:])
    env = make_vec_env("CartPole-v1", n_envs=ENVIRONMENTS, seed=seed)
    policy = {"lstm_hidden_size": hidden, "enable_critic_lstm": False, "shared_lstm": True}
    model = RecurrentPPO(
        "MlpLstmPolicy",
        env,
        n_steps=STEPS,
        batch_size=ENVIRONMENTS * STEPS // 4,
        n_epochs=epochs,
        policy_kwargs=policy,
        seed=seed,
        device="cpu",
    )
    model.learn(2 * ENVIRONMENTS * STEPS)
    for _ in sys.stdin:
        began, before = time.perf_counter(), model.num_timesteps
        model.learn(4 * ENVIRONMENTS * STEPS, reset_num_timesteps=False)
        print((model.num_timesteps - before) / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
