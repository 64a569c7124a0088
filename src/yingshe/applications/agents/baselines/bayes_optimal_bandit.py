"""Bayes-optimal value of a Bernoulli bandit."""

from functools import cache

_Arm = tuple[int, int]  # wins and losses


def bayes_optimal_value(num_arms: int, horizon: int) -> float:
    """Compute the mean return of the Bayes-optimal policy under a uniform prior. Exact.

    Dynamic programming over sorted posteriors of the arms; some seconds for 10 pulls. Of the arms
    that were never pulled, at most `horizon` matter.

    Args:
        num_arms: Number of arms.
        horizon: Number of pulls.

    Returns:
        Mean number of wins.
    """

    @cache
    def value(pulled: tuple[_Arm, ...], remaining: int) -> float:
        """Return the value of a state; `pulled` holds the arms that were pulled, sorted."""
        if remaining == 0:
            return 0.0
        best = 0.0
        fresh = [(0, 0)] if len(pulled) < num_arms else []
        for arm in {*pulled, *fresh}:
            wins, losses = arm
            remaining_arms = list(pulled)
            if arm in remaining_arms:
                remaining_arms.remove(arm)
            mean = (wins + 1) / (wins + losses + 2)
            win = tuple(sorted([*remaining_arms, (wins + 1, losses)]))
            loss = tuple(sorted([*remaining_arms, (wins, losses + 1)]))
            q_value = mean * (1 + value(win, remaining - 1))
            q_value += (1 - mean) * value(loss, remaining - 1)
            best = max(best, q_value)
        return best

    return value((), horizon)
