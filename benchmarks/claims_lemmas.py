"""The rows of the results tables: dictionary forms."""

from benchmarks.claim import Claim, Figures

_SHOTS = ("10", "100", "1000")


def _per_cent(figures: Figures, method: str) -> str:
    return " / ".join(f"{100 * figures['mean'][method][k][0]:.1f}" for k in _SHOTS)


def _gains(figures: Figures) -> str:
    return " / ".join(
        "{:+.1f} ({:+.1f} to {:+.1f})".format(*(100 * value for value in figures["gain"][k]))
        for k in _SHOTS
    )


CLAIMS = [
    Claim(
        "lemmas",
        "Dictionary forms in 18 languages never met: lemmas found, %, after 10 / 100 / 1000 pairs",
        "18 种未见语言的词典形式：读取 10 / 100 / 1000 对之后找到的词元，%",
        lambda f: _per_cent(f, "yingshe"),
        lambda f: (
            f"longest suffix {_per_cent(f, 'longest suffix')}; ours over it, points {_gains(f)}; "
            f"lemma among the candidates {_per_cent(f, 'reachable')}"
        ),
    ),
]
