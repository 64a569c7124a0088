"""Write docs/reference/cli.md from --help, and docs/reference/model-zoo.md from the model cards.

`python tools/generate_reference.py --check` only says whether they are up to date.
"""

import contextlib
import io
import os
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CLI_PAGE = ROOT / "docs" / "reference" / "cli.md"
ZOO_PAGE = ROOT / "docs" / "reference" / "model-zoo.md"

_GENERATED = "<!-- Written by tools/generate_reference.py; do not edit. -->\n"
_EXAMPLES = {
    "train": ["train", "sinusoid", "rls", "--help"],
    "evaluate": ["evaluate", "sinusoid", "--help"],
    "adapt": ["adapt", "sinusoid", "--help"],
    "compare": ["compare", "sinusoid", "--help"],
    "relate": ["relate", "sinusoid", "--help"],
    "agents train": ["agents", "train", "bandit", "--help"],
}
"""Commands whose options depend on what is named first."""


def help_of(args: list[str]) -> str:
    """Return what `yingshe ARGS` prints, 100 columns wide and without colors.

    Args:
        args: Command-line arguments.
    """
    from yingshe.cli import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = main(args)
    if status != 0:
        raise SystemExit(f"yingshe {' '.join(args)} ended with status {status}")
    text = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def cli_page() -> str:
    """Return the page of all commands, actions and options."""
    from yingshe.applications import APPLICATIONS
    from yingshe.cli import COMMANDS, command_of

    parts = [
        _GENERATED,
        "# Command line\n",
        "Options have the names of the Python arguments, with dashes: `x_dim` is `--x-dim`. Bad "
        "input is one\nline on the standard error and exit status 2. Shell completion: "
        "`yingshe completion bash`.\n",
        _block("yingshe --help", help_of(["--help"])),
    ]
    for name in COMMANDS:
        parts += [f"## {name}\n", _block(f"yingshe {name} --help", help_of([name, "--help"]))]
        parts += _example(name)
    for name in APPLICATIONS:
        parts += [f"## {name}\n", _block(f"yingshe {name} --help", help_of([name, "--help"]))]
        for verb in command_of(name).actions:
            parts += [
                f"### {name} {verb}\n",
                _block(f"yingshe {name} {verb} --help", help_of([name, verb, "--help"])),
                *_example(f"{name} {verb}"),
            ]
    return "\n".join(parts)


def _example(command: str) -> list[str]:
    if command not in _EXAMPLES:
        return []
    example = _EXAMPLES[command]
    return [_block(f"yingshe {' '.join(example)}", help_of(example))]


def zoo_page() -> str:
    """Return the page of shipped models, by the benchmark that each is from."""
    from yingshe import zoo

    available = zoo.list_models()
    parts = [
        _GENERATED,
        "# Models\n",
        "Trained models that come with the package, as a safetensors file and a card each.\n\n"
        "- `ys.load(NAME)` loads one, `yingshe evaluate NAME` evaluates it.\n"
        "- `yingshe zoo NAME` shows its card: tasks, learner, command and figures.\n"
        "- `python -m benchmarks BENCHMARK --train` trains the models of a benchmark again.\n",
    ]
    shown = set()
    for benchmark in _load_benchmarks():
        recipes = [recipe for recipe in benchmark.train if recipe.model in available]
        rows = [_model_row(zoo.model_card(r.model), r.description) for r in recipes]
        if rows:
            parts.append(f"## [{benchmark.title}](../benchmarks/{benchmark.name}.md)\n")
            parts.append(_table(rows))
            shown |= {r.model for r in recipes}
    others = [zoo.model_card(name) for name in available if name not in shown]
    if others:
        parts += ["## Others\n", _table([_model_row(card, card["description"]) for card in others])]
    return "\n".join(parts)


def _load_benchmarks():
    """Return all benchmarks; they are beside the package, not in it."""
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks._registry import load_all
    finally:
        sys.path.remove(str(ROOT))
    return load_all()


def _model_row(card: dict[str, Any], description: str) -> str:
    learner = card.get("learner", {}).get("name", "–")
    about = description.split(". ")[0].rstrip(".").replace("|", "\\|")
    minutes = card["training_seconds"] / 60
    cells = (f"`{card['name']}`", about, learner, f"{card['parameters']:,}", f"{minutes:.1f}")
    return f"| {' | '.join(cells)} |"


def _table(rows: list[str]) -> str:
    head = "| model | description | learner | parameters | minutes |"
    return "\n".join([head, "|---|---|---|---:|---:|", *rows]) + "\n"


def _block(command: str, text: str) -> str:
    return f"```text\n$ {command}\n{text}\n```\n"


def render_all() -> dict[Path, str]:
    """Return the present text of both pages."""
    return {CLI_PAGE: cli_page(), ZOO_PAGE: zoo_page()}


def main(args: list[str]) -> None:
    """Write both pages, or with --check raise SystemExit where one is out of date."""
    os.environ.update(COLUMNS="100", NO_COLOR="1", TERM="dumb")
    for path, text in render_all().items():
        if "--check" in args:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                raise SystemExit(f"{path.relative_to(ROOT)} is out of date: make pages")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
