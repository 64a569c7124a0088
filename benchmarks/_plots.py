"""Draw tables of results files: one panel per table, one line per method, intervals as bands."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks._benchmark import Plot, Table, Value
from benchmarks._results import read_figures


def table_plot(
    benchmark: str,
    tables: Sequence[Table],
    *,
    caption: str,
    x_label: str,
    methods: Sequence[str] = (),
    log_y: bool = False,
) -> Plot:
    """Return a picture of tables whose columns are numbers.

    Args:
        benchmark: Name of the benchmark; the picture is NAME.png.
        tables: Tables, one panel each.
        caption: Text for readers who cannot see the picture.
        x_label: Label of the horizontal axis.
        methods: Labels of the rows to draw; default: all.
        log_y: Make the vertical axis logarithmic.
    """

    def draw(path: Path) -> None:
        from yingshe.evaluation.plotting import TEXT_COLOR, new_figure, save_figure

        figures = read_figures(benchmark)
        figure, panels = new_figure(len(tables), width=4.6, height=3.6)
        for axes, table in zip(panels, tables, strict=True):
            _draw_table(axes, table, figures, methods)
            axes.set_title(table.title, color=TEXT_COLOR, fontsize=10)
            axes.set_xlabel(x_label)
            if log_y:
                axes.set_yscale("log")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        save_figure(figure, path)

    return Plot(f"{benchmark}.png", caption, draw)


def _draw_table(axes, table: Table, figures: dict, methods: Sequence[str]) -> None:
    from matplotlib.ticker import NullLocator

    from benchmarks._pages import find_value
    from yingshe.evaluation.plotting import ACCENT_COLORS, MUTED_COLORS

    ours, others = iter(ACCENT_COLORS), iter(MUTED_COLORS * 2)
    ticks: list[float] = []
    for label, key in table.methods.items():
        if methods and label not in methods:
            continue
        is_ours = label in table.ours
        color = next(ours if is_ours else others)
        values = {float(c): find_value(table, figures, key, c) for c in table.columns.values()}
        points = {x: _bounds(v, table.scale) for x, v in values.items() if not _is_empty(v)}
        ticks = sorted({*ticks, *points})
        mean, low, high = zip(*points.values(), strict=True)
        width, style = (2.4, "o-") if is_ours else (1.4, "o--")
        axes.plot(
            list(points), mean, style, color=color, linewidth=width, markersize=4, label=label
        )
        axes.fill_between(list(points), low, high, color=color, alpha=0.15, linewidth=0)
    axes.set_xscale("log")  # before the ticks, which it resets
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())


def _is_empty(value: Value) -> bool:
    return value is None or isinstance(value, str)


def _bounds(value: Value, scale: float) -> tuple[float, float, float]:
    if isinstance(value, int | float):
        return scale * value, scale * value, scale * value
    mean, low, high = value or (0.0, 0.0, 0.0)
    return scale * float(mean), scale * float(low), scale * float(high)
