"""Write docs/benchmarks and the README's rows from the benchmarks and their results files."""

import json
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks._benchmark import Benchmark, ResultRow, Table
from benchmarks._figures import format_value
from benchmarks._registry import load_all
from benchmarks._results import ROOT, read_results

DOCS = ROOT / "docs" / "benchmarks"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
HEADS = {
    "README.md": ("Benchmark", "Ours", "Baselines"),
    "README.zh-CN.md": ("基准", "本框架", "对照"),
}
GROUPS = ("Functions", "Tables", "Speed and precision", "Robots", "Agents", "Languages")
MAX_CELL = 60
_GENERATED = "<!-- written by `python -m benchmarks pages`; do not edit -->"


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
    pages[DOCS / "models.md"] = render_models(benchmarks)
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
        _GENERATED,
        _wrap(f"**Question.** {benchmark.question}"),
        _wrap(f"**Setup.** {benchmark.setup}"),
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
        parts.append("## Limitations\n\n" + "\n".join(_bullet(t) for t in benchmark.limitations))
    if benchmark.ablations:
        parts.append("## Ablations\n\n" + _render_ablation_rows(benchmark))
    parts.append(_render_models(benchmark))
    parts.append(_render_command(benchmark, content))
    return "\n\n".join(part for part in parts if part) + "\n"


def render_index(benchmarks: Sequence[Benchmark]) -> str:
    """Return docs/benchmarks/index.md: the headline figures of all benchmarks.

    Args:
        benchmarks: All benchmarks.
    """
    parts = ["# Benchmarks", _GENERATED, _INTRODUCTION]
    for group in GROUPS:
        rows = []
        for benchmark in (b for b in benchmarks if b.group == group):
            content = read_results(benchmark.name)
            link = f"[{benchmark.title}]({benchmark.name}.md)"
            for row in benchmark.rows if content else ():
                rows.append((link, row.title, *_headline(row, content["figures"], "en")))
                link = ""
        parts.append(
            f"## {group}\n\n" + markdown_table(("benchmark", "figure", "ours", "peer"), rows)
        )
    parts += [_METHOD, _render_times(benchmarks), _PAGES]
    return "\n\n".join(parts) + "\n"


def render_ablations(benchmarks: Sequence[Benchmark]) -> str:
    """Return docs/benchmarks/ablations.md.

    Args:
        benchmarks: All benchmarks.
    """
    parts = ["# Ablations", _GENERATED, _PILOT_RUNS]
    for benchmark in benchmarks:
        if benchmark.ablations:
            parts.append(f"## {benchmark.title}\n\n" + _render_ablation_rows(benchmark))
    return "\n\n".join(parts) + "\n"


def render_models(benchmarks: Sequence[Benchmark]) -> str:
    """Return docs/benchmarks/models.md: every model of the zoo with a recipe.

    Args:
        benchmarks: All benchmarks.
    """
    parts = ["# Models behind the figures", _GENERATED, _MODELS]
    for benchmark in benchmarks:
        rows = []
        for recipe in benchmark.train:
            card = _read_card(recipe.model)
            seconds = card.get("training_seconds")
            rows.append(
                (
                    f"`{recipe.model}`",
                    f"{card['parameters']:,}" if card else "–",
                    f"{seconds / 60:.1f}" if seconds is not None else "–",
                    str(card.get("date", "–")),
                )
            )
        if rows:
            head = ("model", "parameters", "minutes of training", "date")
            link = f"## [{benchmark.title}]({benchmark.name}.md)"
            parts.append(f"{link}\n\n" + markdown_table(head, rows))
    return "\n\n".join(parts) + "\n"


def render_readme(text: str, benchmarks: Sequence[Benchmark], name: str) -> str:
    """Return a README with its headline rows written anew.

    Args:
        text: The README.
        benchmarks: All benchmarks.
        name: File name, which tells the language.
    """
    language = "zh" if "zh" in name else "en"
    chosen = [(row, b) for b in benchmarks for row in b.rows if row.readme is not None]
    rows = []
    for row, benchmark in sorted(chosen, key=lambda pair: pair[0].readme or 0):
        content = read_results(benchmark.name)
        if content:
            title = row.title_zh if language == "zh" else row.title
            rows.append((title, *_headline(row, content["figures"], language)))
    table = markdown_table(HEADS[name], rows)
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table.

    Args:
        head: Headings.
        rows: Cells of each row.
    """
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _headline(row: ResultRow, figures: dict[str, Any], language: str) -> tuple[str, str]:
    name = row.peer_name_zh if language == "zh" else row.peer_name
    return row.ours(figures), " ".join(part for part in (name, row.peer(figures)) if part) or "–"


def _render_table(table: Table, figures: dict[str, Any]) -> str:
    rows = []
    for label, key in table.methods.items():
        cells = [
            format_value(_cell(table, figures, key, column), table.digits, table.scale)
            for column in table.columns.values()
        ]
        rows.append([f"**{label}**" if label in table.ours else label, *cells])
    rows += [[f"{label} (published)", *cells] for label, cells in table.published.items()]
    return f"## {table.title}\n\n" + markdown_table((table.head, *table.columns), rows)


def _cell(table: Table, figures: dict[str, Any], method: Any, column: Any):
    try:
        return table.cell(figures, method, column)
    except KeyError:
        return None


def _render_targets(benchmark: Benchmark, figures: dict[str, Any]) -> str:
    if not benchmark.targets:
        return "## Targets\n\nNo target was set in numbers before the measurement."
    rows = [
        (t.metric, t.wanted, t.reached(figures), "reached" if t.met(figures) else "**missed**")
        for t in benchmark.targets
    ]
    return "## Targets\n\n" + markdown_table(("metric", "target", "measured", ""), rows)


def _render_ablation_rows(benchmark: Benchmark) -> str:
    rows = [(a.change, a.effect, a.runs) for a in benchmark.ablations]
    note = "Pilot runs during development; no results file holds them."
    return f"{note}\n\n" + markdown_table(("change", "effect", "evidence"), rows)


def _render_models(benchmark: Benchmark) -> str:
    if not benchmark.train:
        return ""
    lines = [_bullet(f"`{r.model}`: {r.description}") for r in benchmark.train]
    return (
        "## Models\n\n"
        + "\n".join(lines)
        + "\n\nThe [cards](models.md) hold parameters and training time. Train them again with:\n\n"
        + f"```sh\npython -m benchmarks {benchmark.name} --train\n```"
    )


def _render_command(benchmark: Benchmark, content: dict[str, Any] | None) -> str:
    command = content["command"] if content else f"python -m benchmarks {benchmark.name}"
    lines = [f"## Reproduce\n\n```sh\n{command}   # {benchmark.minutes:g} min\n```"]
    if benchmark.needs:
        lines.append(_wrap(f"Needs {benchmark.needs}."))
    if content is None:
        return "\n\n".join(lines)
    machine = content["machine"]
    seed = content["seed"]
    seeds = f"seeds {seed[0]}–{seed[-1]}" if isinstance(seed, list) else f"seed {seed}"
    lines.append(
        _wrap(
            f"Recorded {content['date']} at commit {content['commit']} in {content['seconds']:,.0f} s"
            f" ({machine['processor']}, {machine['cores']} cores, Python {machine['python']}, JAX"
            f" {machine['jax']}), {seeds}. All figures:"
            f" [results/{benchmark.name}.json](results/{benchmark.name}.json)."
        )
    )
    if checked := content.get("checked"):
        lines.append(
            _wrap(
                f"Checked {checked['date']} at commit {checked['commit']} in"
                f" {checked['seconds']:,.0f} s: {checked['what']}; as recorded."
            )
        )
    return "\n\n".join(lines)


def _render_times(benchmarks: Sequence[Benchmark]) -> str:
    rows = []
    for benchmark in benchmarks:
        content = read_results(benchmark.name)
        if content:
            seconds, date = f"{content['seconds']:,.0f}", content["date"]
            rows.append(
                (f"[{benchmark.name}]({benchmark.name}.md)", seconds, date, content["commit"])
            )
    head = ("benchmark", "seconds", "recorded", "commit")
    return "## Time of each\n\n" + markdown_table(head, rows)


def _read_card(model: str) -> dict[str, Any]:
    path = ROOT / "src" / "yingshe" / "zoo" / f"{model}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _wrap(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 110, break_long_words=False, break_on_hyphens=False))


def _bullet(text: str) -> str:
    return "\n".join(
        textwrap.wrap(
            f"- {text}", 110, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
    )


_INTRODUCTION = """\
Each benchmark is one file, `benchmarks/NAME.py`; each figure comes from `benchmarks/results/NAME.json`.
Brackets hold 95 % intervals. [Ablations](ablations.md) tell what was tried; [models](models.md) what was
trained."""
_METHOD = """\
## How a figure is made

- Test tasks are drawn with seeds that training never uses; recorded tasks are split by task, whole.
- Intervals are 95 % bootstrap intervals over tasks, unless a page says otherwise.
- *pooled* is one model without adaptation: gradient-boosted trees on the examples of all other tasks.
- *mean*, *ridge*, *knn* and *gp* are fitted to each task from scratch.
- The *oracle* is the Bayes-optimal predictor; it knows the task distribution and sees the same examples.
- Most benchmarks also measure more shots than in training, and tasks from outside the training distribution.
- A results file holds command, settings, seeds, time, date, commit, machine, and hashes of code and models."""
_PAGES = """\
## Commands

```sh
python -m benchmarks --list          # all benchmarks, and the time each takes
python -m benchmarks sinusoids       # measure one, record its results file
python -m benchmarks sinusoids --train   # train its models again, publish them in the zoo
python -m benchmarks --stale         # results that other code has recorded
python -m benchmarks --adopt grasp   # re-measure a few figures, stamp the present code
python -m benchmarks pages           # write these pages and the README's rows
```"""
_PILOT_RUNS = """\
Changes that were tried during development, and their effect. Most are single runs. No results file holds
them, so they are hints, not measurements."""
_MODELS = """\
Each model is a safetensors file and a card in `src/yingshe/zoo`. A card names the task distribution, the
command that trained the model, the time that took, and where its figures stand. Evaluate one on tasks of
your own seed: `yingshe evaluate sinusoid --seed 7`. `python -m benchmarks NAME --train MODEL` trains it."""
