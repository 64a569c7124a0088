"""The rows of the results tables: pronunciation."""

from benchmarks.claim import Claim, Figures

_SIZES = ("10", "100", "800")


def _wrong(figures: Figures, learner: str) -> str:
    found = figures["wrong words, %"][learner]
    return " / ".join(f"{found[size]['mean'][0]:.1f}" for size in _SIZES)


def _seconds(figures: Figures) -> str:
    mean, most = figures["wrong words, %"]["yingshe"]["800"]["seconds"]
    return f"{mean:.1f} (at most {most:.1f})"


CLAIMS = [
    Claim(
        "pronounce",
        "Pronunciation of ten languages never met (SIGMORPHON 2021, low, dev): wrong words, %, "
        "after 10 / 100 / 800 words",
        "十种从未见过的语言的发音（SIGMORPHON 2021 低资源，开发集）：读取 10 / 100 / 800 个词之后的"
        "错词率，%",
        lambda f: _wrong(f, "yingshe"),
        lambda f: (
            f"without meta-training {_wrong(f, 'without meta-training')}; plain window classifier "
            f"{_wrong(f, 'plain window')}; neural baseline of the task after 800 words "
            f"{f['official baseline, dev mean, 800 words']:.1f}"
        ),
    ),
    Claim(
        "pronounce",
        "The same: languages of the ten in which it is below the task's neural baseline (on its "
        "test words); seconds of one core to read 800 words",
        "同上：十种语言中错词率低于该任务神经基线（其测试集）的语言数；单核读取 800 个词所需的秒数",
        lambda f: f"{f['languages below the official baseline']} of 10; {_seconds(f)}",
        lambda f: "the neural baseline trains for minutes to hours",
    ),
]
