"""RecurrentPPO for `agent_speed.py`: one training round for every input line."""

import sys
import time

from sb3_contrib import RecurrentPPO
from stable_baselines3.common.env_util import make_vec_env

STEPS = 128  # of each environment in a round, the default of RecurrentPPO


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
        start_time, steps_before = time.perf_counter(), model.num_timesteps
        model.learn(2 * environments * STEPS, reset_num_timesteps=False)
        print((model.num_timesteps - steps_before) / (time.perf_counter() - start_time), flush=True)


if __name__ == "__main__":
    main()
