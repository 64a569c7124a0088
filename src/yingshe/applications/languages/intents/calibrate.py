"""Makes a trained learner's probabilities honest in languages that it did not train on."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from yingshe.applications.languages.intents.examples import WAYS, Examples, episode
from yingshe.applications.languages.intents.judge import reader
from yingshe.learners import MatchingNetwork

SHOTS = (1, 3, 10)
_OUTSIDE = 6  # sentences of no intent, to some thirty of the ten


def calibrated(
    learner: MatchingNetwork, languages: Sequence[Examples], *, episodes: int = 20, seed: int = 0
) -> MatchingNetwork:
    """The learner with its logits divided by a temperature, and that of none shifted, by how much
    depends on how many sentences were read.

    Chosen by likelihood on episodes of the languages, a third with each of 1, 3 and 10 sentences of
    an intent. After Guo et al., On Calibration of Modern Neural Networks, 2017,
    section 4.2; most probable intents stay what they were.
    """
    read = reader(learner, taught=10 * max(SHOTS), asked=3 * WAYS + _OUTSIDE)
    logs, intents, often = [], [], []
    for number, known in enumerate(languages):
        generator = np.random.default_rng((seed, number))
        for i in range(episodes):
            one = episode(known, generator, SHOTS[i % len(SHOTS)], outside=_OUTSIDE)
            logs.append(read(known, one))
            intents.append(one.asked_intent)
            taught = np.log1p(len(one.taught) / WAYS) / 2
            often.append(np.full(len(one.asked), taught))
    log, intent, after = (np.concatenate(parts) for parts in (logs, intents, often))

    def loss(parameters: np.ndarray) -> float:
        logits = log * np.exp(-parameters[0])
        logits[:, -1] += parameters[1] + parameters[2] * after
        top = logits.max(axis=1)
        total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
        return float(np.mean(total - logits[np.arange(len(intent)), intent]))

    log_temperature, *none = minimize(loss, np.zeros(3), method="Nelder-Mead").x.tolist()
    return learner.with_temperature(float(np.exp(log_temperature)), *none)
