"""What can be had of a Bernoulli bandit at most."""

from functools import cache

_Arm = tuple[int, int]  # wins and losses


def bayes_optimal_value(arms: int, pulls: int) -> float:
    """Mean total reward of the best policy there is, arms' odds being uniform. Exact.

    By dynamic programming over what can be known of the arms, in whichever order they are; some
    seconds for 10 pulls. Arms that are never pulled do not matter: no more than `pulls` do.
    """

    @cache
    def value(known: tuple[_Arm, ...], left: int) -> float:
        """`known`: the arms that have been pulled, sorted."""
        if left == 0:
            return 0.0
        best = 0.0
        fresh = [(0, 0)] if len(known) < arms else []
        for arm in {*known, *fresh}:
            wins, losses = arm
            others = list(known)
            if arm in others:
                others.remove(arm)
            mean = (wins + 1) / (wins + losses + 2)
            win = tuple(sorted([*others, (wins + 1, losses)]))
            loss = tuple(sorted([*others, (wins, losses + 1)]))
            here = mean * (1 + value(win, left - 1)) + (1 - mean) * value(loss, left - 1)
            best = max(best, here)
        return best

    return value((), pulls)
