"""Markdown of tables, paragraphs and bullets."""

import textwrap
from collections.abc import Iterable, Sequence

from benchmarks._benchmark import Benchmark

GENERATED = "<!-- written by `python -m benchmarks pages`; do not edit -->"
WIDTH = 110


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table.

    Args:
        head: Headings.
        rows: Cells of each row.
    """
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def render_ablation_rows(benchmark: Benchmark) -> str:
    """Return the ablations of a benchmark as a table, marked as pilot runs.

    Args:
        benchmark: The benchmark.
    """
    rows = [(a.change, a.effect, a.runs) for a in benchmark.ablations]
    note = "Pilot runs during development; no results file holds them."
    return f"{note}\n\n" + markdown_table(("change", "effect", "evidence"), rows)


def wrap(text: str) -> str:
    """Return a paragraph in lines.

    Args:
        text: One paragraph.
    """
    return _fill(text, "")


def bullet(text: str) -> str:
    """Return an item of a list.

    Args:
        text: One sentence.
    """
    return _fill(f"- {text}", "  ")


def _fill(text: str, indent: str) -> str:
    lines = textwrap.wrap(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines)
