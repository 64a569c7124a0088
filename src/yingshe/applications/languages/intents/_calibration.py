"""Temperature scaling of a trained learner, on languages that it was not trained on."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from yingshe.applications.languages.intents.data import WAYS, Examples, sample_episode
from yingshe.applications.languages.intents.evaluation import make_batch_predictor
from yingshe.learners import MatchingNetwork

_SHOTS = (1, 3, 10)
_OUT_OF_SCOPE = 6  # queries, to some thirty in scope


def temperature_scale(
    learner: MatchingNetwork, languages: Sequence[Examples], *, episodes: int = 20, seed: int = 0
) -> MatchingNetwork:
    """Calibrate a learner: divide its logits by a temperature and shift the out-of-scope logit.

    The shift is linear in the logarithm of the support size. All three numbers maximize the
    likelihood of episodes, a third of them with each of 1, 3 and 10 shots. The order of the
    intents' probabilities does not change.

    Args:
        learner: Trained learner.
        languages: Encoded sentences of validation languages.
        episodes: Episodes per language.
        seed: Seed of the episodes.

    Returns:
        The calibrated learner.

    References:
        Guo et al., On Calibration of Modern Neural Networks, 2017, section 4.2.
    """
    predict = make_batch_predictor(
        learner, max_support=10 * max(_SHOTS), max_query=3 * WAYS + _OUT_OF_SCOPE
    )
    log_probs, labels, log_shots = [], [], []
    for number, examples in enumerate(languages):
        generator = np.random.default_rng((seed, number))
        for i in range(episodes):
            shots = _SHOTS[i % len(_SHOTS)]
            episode = sample_episode(examples, generator, shots, num_out_of_scope=_OUT_OF_SCOPE)
            log_probs.append(predict(examples, episode))
            labels.append(episode.query_labels)
            shots_per_intent = np.log1p(len(episode.support) / WAYS) / 2
            log_shots.append(np.full(len(episode.query), shots_per_intent))
    log_prob, label, log_shot = (np.concatenate(v) for v in (log_probs, labels, log_shots))

    def loss(parameters: np.ndarray) -> float:
        logits = log_prob * np.exp(-parameters[0])
        logits[:, -1] += parameters[1] + parameters[2] * log_shot
        top = logits.max(axis=1)
        total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
        return float(np.mean(total - logits[np.arange(len(label)), label]))

    log_temperature, *shift = minimize(loss, np.zeros(3), method="Nelder-Mead").x.tolist()
    return learner.with_temperature(float(np.exp(log_temperature)), *shift)
