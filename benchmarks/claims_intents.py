"""The rows of the results tables: what a speaker wants."""

from benchmarks.claim import Claim, Figures

_SHOTS = ("1", "3", "10")
_SEEN, _UNSEEN, _UNMET = "seen by the encoder", "never seen by the encoder", "intents never met"
_OUTSIDE = "none of these"


def _percent(values: list[float]) -> str:
    return " / ".join(f"{100 * value:.1f}" for value in values)


def _ours(figures: Figures, group: str) -> str:
    return _percent([figures[group][k]["yingshe"] for k in _SHOTS])


def _beside(figures: Figures, group: str) -> str:
    """The best of all baselines at each number of shots, and the gain over it."""
    rows = [figures[group][k] for k in _SHOTS]
    best = "; ".join(dict.fromkeys(row["best"]["method"] for row in rows))
    gains = " / ".join(
        "{:+.1f} ({:.1f}…{:.1f})".format(*(100 * end for end in row["gain"])) for row in rows
    )
    alone = _percent([row["best on the sentence encoder alone"]["accuracy"] for row in rows])
    return (
        f"best of the simple classifiers ({best}) {_percent([r['best']['accuracy'] for r in rows])}"
        f", gain {gains}; on the sentence encoder alone {alone}"
    )


def _intents(group: str, english: str, chinese: str) -> Claim:
    return Claim(
        "intents",
        english,
        chinese,
        lambda f: _ours(f, group),
        lambda f: _beside(f, group),
        (group,),
    )


CLAIMS = [
    _intents(
        _SEEN,
        "What a speaker wants, one of ten intents, in five languages that training never read and "
        "the encoder knows, after 1 / 3 / 10 sentences of each: right, %",
        "说话者的意图（十选一），五种训练时从未读过、但编码器认识的语言，"
        "每种意图 1 / 3 / 10 个例句：正确率，%",
    ),
    _intents(
        _UNSEEN,
        "the same in seven languages that the encoder never saw either",
        "同上，七种编码器也从未见过的语言",
    ),
    _intents(
        _UNMET,
        "the same with intents that training never met, in six languages that it read",
        "同上，六种训练过的语言中从未见过的意图",
    ),
    Claim(
        "intents",
        "Sentences that ask for none of the ten, in the twelve languages, after 1 / 3 / 10: AUROC",
        "十二种语言中不属于十种意图的句子，1 / 3 / 10 个例句之后：AUROC",
        lambda f: " / ".join(f"{f[_OUTSIDE][k]['auroc']:.3f}" for k in _SHOTS),
        lambda f: (
            "limit 1; expected calibration error of the probability to be in scope "
            + " / ".join(f"{f[_OUTSIDE][k]['calibration error in scope']:.3f}" for k in _SHOTS)
            + ", of the intents in scope "
            + " / ".join(f"{f[_OUTSIDE][k]['calibration error of intents']:.3f}" for k in _SHOTS)
        ),
        (_OUTSIDE,),
    ),
]
