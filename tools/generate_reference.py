"""Write docs/reference/cli.md from --help, and docs/reference/model-zoo.md from the model cards.

`python tools/generate_reference.py --check` only says whether they are up to date.
"""

import contextlib
import io
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CLI_PAGE = ROOT / "docs" / "reference" / "cli.md"
ZOO_PAGE = ROOT / "docs" / "reference" / "model-zoo.md"

_GENERATED = "<!-- Written by tools/generate_reference.py; do not edit. -->\n"
_EXAMPLES = {"train": ["train", "sinusoid", "rls", "--help"]}
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
        if name in _EXAMPLES:
            example = _EXAMPLES[name]
            parts.append(_block(f"yingshe {' '.join(example)}", help_of(example)))
    for name in APPLICATIONS:
        parts += [f"## {name}\n", _block(f"yingshe {name} --help", help_of([name, "--help"]))]
        for verb in command_of(name).actions:
            parts += [
                f"### {name} {verb}\n",
                _block(f"yingshe {name} {verb} --help", help_of([name, verb, "--help"])),
            ]
    return "\n".join(parts)


def zoo_page() -> str:
    """Return the page of shipped models."""
    from yingshe import zoo

    lines = [
        _GENERATED,
        "# Models\n",
        "Small trained models that come with the package: `ys.load(NAME)`, `yingshe evaluate "
        "NAME`. Each has a\ncard with the command that made it: `yingshe zoo NAME`.\n",
        "| model | description | learner | parameters | training |",
        "|---|---|---|---|---|",
    ]
    for name in zoo.list_models():
        card = zoo.model_card(name)
        learner = card.get("learner", {}).get("name", "–")
        seconds = card.get("training_seconds")
        time = "–" if seconds is None else f"{seconds:.0f} s"
        parameters = card.get("parameters")
        count = "–" if parameters is None else f"{parameters:,}"
        about = (card.get("description") or card["about"]).rstrip(".").replace("|", "\\|")
        lines.append(f"| `{name}` | {about} | `{learner}` | {count} | {time} |")
    return "\n".join(lines) + "\n"


def _block(command: str, text: str) -> str:
    return f"```text\n$ {command}\n{text}\n```\n"


def main(args: list[str]) -> None:
    """Write both pages, or with --check raise SystemExit where one is out of date."""
    os.environ.update(COLUMNS="100", NO_COLOR="1", TERM="dumb")
    for path, text in ((CLI_PAGE, cli_page()), (ZOO_PAGE, zoo_page())):
        if "--check" in args:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                raise SystemExit(f"{path.relative_to(ROOT)} is out of date: make pages")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
