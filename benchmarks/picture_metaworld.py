"""Draws docs/images/metaworld.png from results/metaworld.json: goals reached, by demonstrations.

python -m benchmarks.picture_metaworld
"""

import json
from pathlib import Path

from benchmarks.record import RESULTS
from yingshe.evaluation.plotting import ACCENT_COLORS, TEXT_COLOR, new_figure, save_figure

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "metaworld.png"
READERS = (
    ("adapting", "adapting (yingshe)", ACCENT_COLORS[0]),
    ("reading", "without a gradient step", ACCENT_COLORS[2]),
    ("nearest neighbours", "nearest neighbours", ACCENT_COLORS[5]),
    ("cloned", "cloned from scratch", ACCENT_COLORS[1]),
)


def main():
    figures = json.loads((RESULTS / "metaworld.json").read_text())["figures"]
    figure, panels = new_figure(2, width=4.4, height=3.6)
    for axes, (suite, found) in zip(panels, figures.items(), strict=True):
        for who, label, colour in READERS:
            curve = found["mean"][who]
            shots = [int(k) for k in curve]
            mean, low, high = zip(*curve.values(), strict=True)
            axes.plot(shots, mean, "o-", color=colour, linewidth=2, markersize=5, label=label)
            axes.fill_between(shots, low, high, color=colour, alpha=0.15, linewidth=0)
        for who, style in (("expert", (0, (5, 3))), ("pooled", (0, (1, 2)))):
            rate = found["mean"][who][0]
            axes.axhline(rate, color=TEXT_COLOR, linewidth=1.3, linestyle=style, label=who)
        axes.set_xscale("log")
        axes.set_xticks(shots, [str(k) for k in shots])
        axes.minorticks_off()
        axes.set_ylim(0, 1.03)
        axes.set_title(f"{suite.upper()}: five classes held out", color=TEXT_COLOR, fontsize=11)
        axes.set_xlabel("demonstrations")
    panels[0].set_ylabel("goals reached")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    save_figure(figure, PICTURE)
    print(f"drawn {PICTURE}")


if __name__ == "__main__":
    main()
