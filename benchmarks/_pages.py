"""Write docs/benchmarks and the README's rows from the benchmarks and their results files."""

from pathlib import Path
from typing import Any

from benchmarks._benchmark import Benchmark, Table, Value
from benchmarks._figures import format_value
from benchmarks._markdown import GENERATED, bullet, markdown_table, render_ablation_rows, wrap
from benchmarks._registry import load_all
from benchmarks._results import ROOT, read_results
from benchmarks._summaries import (
    HEADS,
    render_ablations,
    render_index,
    render_readme,
)

DOCS = ROOT / "docs" / "benchmarks"


def write_pages() -> list[Path]:
    """Write all generated pages, and the rows of both READMEs.

    Returns:
        Files whose content changed.
    """
    changed = []
    for path, text in render_all().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def render_all() -> dict[Path, str]:
    """Return the present text of every file that `write_pages` writes."""
    benchmarks = load_all()
    pages = {DOCS / f"{b.name}.md": render_page(b) for b in benchmarks}
    pages[DOCS / "index.md"] = render_index(benchmarks)
    pages[DOCS / "ablations.md"] = render_ablations(benchmarks)
    for name in HEADS:
        path = ROOT / name
        pages[path] = render_readme(path.read_text(encoding="utf-8"), benchmarks, name)
    return pages


def render_page(benchmark: Benchmark) -> str:
    """Return the page of one benchmark.

    Args:
        benchmark: The benchmark.
    """
    content = read_results(benchmark.name)
    parts = [
        f"# {benchmark.title}",
        GENERATED,
        wrap(f"**Question.** {benchmark.question}"),
        wrap(f"**Setup.** {benchmark.setup}"),
    ]
    if content is None:
        parts.append("No results are recorded yet.")
    else:
        parts += [_render_table(table, content["figures"]) for table in benchmark.tables]
    if benchmark.plot:
        image = f"../images/{benchmark.plot.image}"
        parts.append(f"![{benchmark.plot.caption}]({image})")
    if content is not None:
        parts.append(_render_targets(benchmark, content["figures"]))
    if benchmark.limitations:
        parts.append("## Limitations\n\n" + "\n".join(bullet(t) for t in benchmark.limitations))
    if benchmark.ablations:
        parts.append("## Ablations\n\n" + render_ablation_rows(benchmark))
    parts.append(_render_models(benchmark))
    parts.append(_render_command(benchmark, content))
    return "\n\n".join(part for part in parts if part) + "\n"


def _render_table(table: Table, figures: dict[str, Any]) -> str:
    rows = []
    for label, key in table.methods.items():
        values = [find_value(table, figures, key, column) for column in table.columns.values()]
        cells = [format_value(value, table.digits, table.scale) for value in values]
        cells = [cell.replace(", ", ",\u00a0") for cell in cells]  # no line break in an interval
        rows.append([f"**{label}**" if label in table.ours else label, *cells])
    rows += [[f"{label} (published)", *cells] for label, cells in table.published.items()]
    return f"## {table.title}\n\n" + markdown_table((table.head, *table.columns), rows)


def find_value(table: Table, figures: dict[str, Any], method: Any, column: Any) -> Value:
    """Return the value of a cell, or None where the figures hold none.

    Args:
        table: The table.
        figures: Figures of the results file.
        method: Key of the row.
        column: Key of the column.
    """
    try:
        return table.cell(figures, method, column)
    except KeyError:
        return None


def _render_targets(benchmark: Benchmark, figures: dict[str, Any]) -> str:
    if not benchmark.targets:
        return "## Targets\n\nNo numeric target is on record."
    rows = [
        (t.metric, t.target, t.reached(figures), "reached" if t.met(figures) else "**missed**")
        for t in benchmark.targets
    ]
    return "## Targets\n\n" + markdown_table(("metric", "target", "measured", ""), rows)


def _render_models(benchmark: Benchmark) -> str:
    if not benchmark.train:
        return ""
    lines = [bullet(f"`{r.model}`: {r.description}") for r in benchmark.train]
    return (
        "## Models\n\n"
        + "\n".join(lines)
        + "\n\nParameters and training time: [Models](../reference/model-zoo.md). "
        + "Train them again with:\n\n"
        + f"```sh\npython -m benchmarks {benchmark.name} --train\n```"
    )


def _render_command(benchmark: Benchmark, content: dict[str, Any] | None) -> str:
    command = content["command"] if content else f"python -m benchmarks {benchmark.name}"
    lines = [f"## Reproduce\n\n```sh\n{command}   # {benchmark.minutes:g} min\n```"]
    if benchmark.needs:
        lines.append(wrap(f"Needs {benchmark.needs}."))
    if content is None:
        return "\n\n".join(lines)
    machine = content["machine"]
    seed = content["seed"]
    seeds = f"seeds {seed[0]}–{seed[-1]}" if isinstance(seed, list) else f"seed {seed}"
    lines.append(
        wrap(
            f"Recorded {content['date']} at commit {content['commit']} in"
            f" {content['seconds']:,.0f} s"
            f" ({machine['processor']}, {machine['cores']} cores, Python {machine['python']}, JAX"
            f" {machine['jax']}), {seeds}. All figures:"
            f" `benchmarks/results/{benchmark.name}.json`."
        )
    )
    if checked := content.get("checked"):
        lines.append(
            wrap(
                f"Checked {checked['date']} at commit {checked['commit']} in"
                f" {checked['seconds']:,.0f} s: {checked['what']}; as recorded."
            )
        )
    return "\n\n".join(lines)
