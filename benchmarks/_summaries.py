"""Summaries of all benchmarks: index, ablations, and the headline rows of the READMEs."""

from collections.abc import Sequence
from typing import Any

from benchmarks._benchmark import Benchmark, ResultRow
from benchmarks._markdown import GENERATED, markdown_table, render_ablation_rows
from benchmarks._results import read_results

BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
HEADS = {
    "README.md": ("Benchmark", "Ours", "Baselines"),
    "README.zh-CN.md": ("基准", "本框架", "对照"),
}
GROUPS = ("Functions", "Tables", "Speed and precision", "Robots", "Agents", "Languages")


def render_index(benchmarks: Sequence[Benchmark]) -> str:
    """Return docs/benchmarks/index.md: the headline figures of all benchmarks.

    Args:
        benchmarks: All benchmarks.
    """
    parts = ["# Benchmarks", GENERATED, _INTRODUCTION]
    for group in GROUPS:
        rows = []
        for benchmark in (b for b in benchmarks if b.group == group):
            content = read_results(benchmark.name)
            link = f"[{benchmark.title}]({benchmark.name}.md)"
            if content is None:
                continue
            for row in benchmark.rows:
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
    parts = ["# Ablations", GENERATED, _PILOT_RUNS]
    for benchmark in benchmarks:
        if benchmark.ablations:
            parts.append(f"## {benchmark.title}\n\n" + render_ablation_rows(benchmark))
    return "\n\n".join(parts) + "\n"


def render_readme(text: str, benchmarks: Sequence[Benchmark], name: str) -> str:
    """Return a README with its headline rows written anew.

    Args:
        text: The README.
        benchmarks: All benchmarks.
        name: File name, which determines the language.
    """
    language = "zh" if "zh" in name else "en"
    selected = [(row, b) for b in benchmarks for row in b.rows if row.readme is not None]
    rows = []
    for row, benchmark in sorted(selected, key=lambda pair: pair[0].readme or 0):
        content = read_results(benchmark.name)
        if content:
            title = row.title_zh if language == "zh" else row.title
            rows.append((title, *_headline(row, content["figures"], language)))
    table = markdown_table(HEADS[name], rows)
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _headline(row: ResultRow, figures: dict[str, Any], language: str) -> tuple[str, str]:
    name = row.peer_name_zh if language == "zh" else row.peer_name
    peer = " ".join(part for part in (name, row.peer(figures)) if part) or "–"
    if language == "zh":
        for english, chinese in _CHINESE.items():
            peer = peer.replace(english, chinese)
    return row.ours(figures), peer


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


_CHINESE = {"; ": "；", "GRU at 40 shots": "40 个样本时的 GRU"}
_INTRODUCTION = """\
Each benchmark is one file, `benchmarks/NAME.py`. Each figure comes from
`benchmarks/results/NAME.json`. Brackets hold 95 % intervals. [Ablations](ablations.md) lists the
changes that were tried, [models](../reference/model-zoo.md) the trained models."""
_METHOD = """\
## How a figure is made

- Test tasks are drawn with seeds that training never uses; recorded tasks are split by task.
- Intervals are 95 % bootstrap intervals over tasks, unless a page says otherwise.
- *pooled* is one model without adaptation: gradient-boosted trees on all other tasks.
- *mean*, *ridge*, *knn* and *gp* are fitted to each task from scratch.
- The *oracle* is the Bayes-optimal predictor: it knows the task distribution and the examples.
- Most benchmarks also measure more shots than in training, and tasks from outside its distribution.
- A results file holds command, settings, seeds, seconds, date, commit, machine and versions.
- It also holds hashes of code and models; `--stale` lists the files recorded by other code.
- `--adopt` measures a few figures again, then stamps the present code and records the check."""
_PAGES = """\
## Commands

```sh
python -m benchmarks --list          # all benchmarks, and the time each takes
python -m benchmarks sinusoids       # measure one, record its results file
python -m benchmarks sinusoids --train   # train its models again, publish them in the zoo
python -m benchmarks --stale         # results recorded by other code
python -m benchmarks --adopt grasp   # re-measure a few figures, stamp the present code
python -m benchmarks pages           # write these pages and the README's rows
```"""
_PILOT_RUNS = """\
Changes that were tried during development, and their effects. Most are single runs. No results
file holds them, so they are hints, not measurements."""
