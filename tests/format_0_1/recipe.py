"""Inputs that need not be stored: plain numpy, from a seed. Used for the zoo (zoo_0_1.json.gz)."""

import numpy as np


def zoo_inputs(header: dict, seed: int = 0, pairs: int = 3, queries: int = 2):
    """x (pairs, x_dim), y, query (queries, x_dim) for a learner, from its 0.1 file header.

    `header` is the parsed 0.1 JSON header ("learner", "hyperparameters", "about", ...). y is
    (pairs, y_dim), or (pairs,) class numbers where the output is categorical.
    """
    name, options = header["learner"], header["hyperparameters"]
    x_dim, y_dim, output = options["x_dim"], options["y_dim"], options["output"]
    rng = np.random.default_rng(seed)
    x = np.round(rng.standard_normal((pairs + queries, x_dim)), 3)
    normal = np.round(rng.standard_normal((pairs, y_dim)), 3)
    t = np.arange(pairs + queries)
    if name == "value_iteration":  # state one-hot, start of an episode, others
        states = options["states"]
        x = np.concatenate(
            [np.eye(states)[t % states], (t == 0)[:, None], 0.1 * np.abs(x[:, states + 1 :])], 1
        )
    if (
        name == "matching" and options["given"]
    ):  # ends in square roots of probabilities, by each view and by all
        views, known = options["views"], options["known"]
        odds = np.exp(x[:, sum(views) :]).reshape(len(x), len(views) + 1, known)
        roots = np.sqrt(odds / odds.sum(-1, keepdims=True)).reshape(len(x), -1)
        x = np.concatenate([x[:, : sum(views)], np.round(roots, 6)], 1)
    if name == "choice":  # the last columns of the case, and of each alternative, are symbols
        common, (s, e), alternatives = options["common"], options["symbols"], y_dim - 1
        letters = rng.integers(0, options["alphabet"], x.shape)
        rows = x[:, common:].reshape(len(x), alternatives, -1)
        of_rows = letters[:, common:].reshape(rows.shape)
        rows[..., rows.shape[2] - e :] = of_rows[..., rows.shape[2] - e :]
        rows[:, alternatives // 2 :] = 0.0  # not there
        case = x[:, :common]
        case[:, common - s :] = letters[:, common - s : common]
        x = np.concatenate([case, rows.reshape(len(x), -1)], 1)
    if output == "categorical":
        y = np.array([0, 1, 0] * pairs)[:pairs]
    elif name in ("exchangeable", "value_iteration") or (
        "environments" in header["about"] and output == "squared_error"
    ):  # action one-hot, reward
        y = np.concatenate(
            [np.eye(y_dim - 1)[t[:pairs] % (y_dim - 1)], np.round(rng.random((pairs, 1)), 3)], 1
        )
    else:
        y = normal
    return x[:pairs], y, x[pairs:]
