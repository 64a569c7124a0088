"""What a few demonstrations are worth: to read them, and to train on them for some seconds."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from yingshe.applications.robots.metaworld.demonstrations import Demonstration
from yingshe.applications.robots.metaworld.nudge import Act, Nudged
from yingshe.applications.robots.metaworld.policy import Policy
from yingshe.applications.robots.metaworld.tuning import fine_tune
from yingshe.learners import Learner

_PATIENCE = 1.5  # of the length of a demonstration: who is not done by then will hardly be


class Practised:
    """Two policies from the same demonstrations, in turns: of the learner after it was fine-tuned
    on them, and of the learner as it was.

    Each acts for 1.5 times as long as a demonstration takes, the fine-tuned one first: where one
    has lost its way the other begins from there, and a hand at rest is nudged.

    >>> practised = Practised(ys.load("metaworld-ml45"), shown, key=jax.random.key(0))
    >>> reached = Worlds("door-lock-v3", seed=1).run(practised.begin(), steps=300)
    """

    def __init__(
        self, learner: Learner, demonstrations: Sequence[Demonstration], *, key: PRNGKeyArray
    ):
        """Fine-tune and read, in a few seconds. Raises UserError where there are none to read."""
        tuned = fine_tune(learner, demonstrations, key=key)
        self.policies = tuple(Policy(one).read(demonstrations) for one in (tuned, learner))
        self._turn = round(_PATIENCE * np.mean([len(one.seen) for one in demonstrations]))

    def begin(self) -> Act:
        """The act of one episode, in any number of worlds side by side."""
        return Nudged(InTurns(self.policies, steps=self._turn))


class InTurns:
    """Policies that each act for so many steps, one after the other and round: for one episode."""

    def __init__(self, acts: Sequence[Act], *, steps: int):
        self._acts, self._steps, self._taken = tuple(acts), steps, 0

    def __call__(self, seen: Float[np.ndarray, "n 21"]) -> Float[np.ndarray, "n 4"]:
        act = self._acts[self._taken // self._steps % len(self._acts)]
        self._taken += 1
        return act(seen)
