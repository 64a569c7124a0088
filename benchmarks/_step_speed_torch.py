"""GRU and LSTM of `step_speed.py` in PyTorch: one training step for every input line.

`step_speed.py` runs it with the interpreter of an environment that has PyTorch.
"""

import sys
import time

import torch
from torch import nn
from torch.nn.functional import silu, softplus


class Network(nn.Module):
    """Network with the layers of `yingshe.learners._recurrent.RecurrentNetwork`."""

    def __init__(self, kind: str, hidden: int, tasks: int):
        super().__init__()
        self.embed = nn.Linear(2, hidden)
        self.recurrent = getattr(nn, kind.upper())(hidden + 2, hidden)
        parts = 1 if kind == "gru" else 2
        self.start = nn.Parameter(torch.zeros(parts, 1, 1, hidden))
        self.query = nn.Linear(1, hidden)
        self.from_query = nn.Linear(hidden, hidden)
        self.from_h = nn.Linear(hidden, hidden)
        self.mix = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 2)
        self.tasks = tasks

    def forward(self, x, y):  # (pairs, tasks, 1) both
        pair = torch.cat([x, y], dim=-1)
        token = torch.cat([silu(self.embed(pair)), pair], dim=-1)
        start = [part.expand(1, self.tasks, -1).contiguous() for part in self.start]
        state = start[0] if len(start) == 1 else tuple(start)
        after, _ = self.recurrent(token[:-1], state)  # the last pair is never observed
        h = torch.cat([start[0], after])
        both = silu(self.from_h(h) + self.from_query(silu(self.query(x))))
        return self.out(silu(self.mix(both))).chunk(2, dim=-1)


def main(kind: str, hidden: int, tasks: int, pairs: int):
    torch.manual_seed(0)
    network = Network(kind, hidden, tasks)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    x = torch.randn(pairs, tasks, 1)
    y = torch.sin(x)
    for _ in sys.stdin:
        start = time.perf_counter()
        mean, raw_scale = network(x, y)
        variance = (softplus(raw_scale) + 1e-3) ** 2
        loss = 0.5 * ((y - mean) ** 2 / variance + torch.log(variance)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
