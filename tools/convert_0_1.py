"""Convert benchmark results, model cards and model files of yingshe 0.1 to the present names.

    python tools/convert_0_1.py results [FOLDER]   # default: benchmarks/results
    python tools/convert_0_1.py zoo [FOLDER]       # default: src/yingshe/zoo

Figures and tensors stay as they are: only names change. Running it twice changes nothing more.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.numpy import save

from yingshe import _format_0_1
from yingshe.serialization import write_atomically, write_model

ROOT = Path(__file__).parent.parent
RESULTS, ZOO = ROOT / "benchmarks" / "results", ROOT / "src" / "yingshe" / "zoo"
FORMAT = 2
"""Version of results files and of model cards."""

BENCHMARKS = {"pronounce": "g2p", "lemmas": "lemmatization", "walker": "locomotion"}
"""Names of benchmarks, and so of their results files."""

MODELS = _format_0_1.ZOO

CURVE_KEYS = {
    "error_name": "metric",
    "nats_below_oracle": "log_likelihood_gap",
    "times_oracle": "ratio_to_oracle",
}
"""Keys of a ShotCurve, wherever one stands."""

FIGURE_KEYS: dict[str, dict[str, str]] = {
    "arm": {
        "adapting": "adaptive",
        "true": "oracle",
        "recovery_s": "settling_s",
        **{
            f"{error}: adapting over {old}": f"{error}: adaptive over {new}"
            for error in ("joint_mrad", "end_effector_mm", "after_1s_mrad")
            for old, new in (
                ("true", "oracle"),
                ("nominal", "nominal"),
                ("slotine_li", "slotine_li"),
            )
        },
    },
    "bandits": {"agent earns more by": "gain of the agent"},
    "cartpole": {
        "2nd episode, of told": "2nd episode over informed",
        "told the physics": "informed of the physics",
    },
    "intents": {
        "intents never met": "new intents",
        "never seen by the encoder": "new to the encoder",
        "none of these": "out of scope",
        "seen by the encoder": "known to the encoder",
    },
    "locomotion": {
        "adapting": "adaptive",
        "non-adapting": "non-adaptive",
        "ridge": "online ridge",
        "told": "oracle gains",
        "undamaged": "healthy",
        "adapting over non-adapting": "adaptive over non-adaptive",
        "adapting over ridge": "adaptive over online ridge",
        "adapting over told": "adaptive over oracle gains",
        "adapting over true simulator": "adaptive over true simulator",
        "adapting over undamaged": "adaptive over healthy",
    },
    "mdps": {"agent earns more by": "gain of the agent"},
    "metaworld": {
        "adapting": "fine-tuned",
        "cloned": "behavior cloning",
        "nearest neighbours": "nearest neighbors",
        "reading": "in-context",
    },
    "recorded_tables": {"own mean": "support mean"},
}
"""Keys of figures, by the benchmark's present name."""

SETTING_KEYS: dict[str, dict[str, str]] = {
    "g2p": {"judged on": "evaluated on"},
    "intents": {"outside": "out of scope"},
    "locomotion": {"strike": "fault step"},
    "recorded_tables": {"share of units for meta-training": "fraction of units for meta-training"},
}
"""Keys of settings, by the benchmark's present name."""

PROSE_KEYS = {"about": "description"}
"""Keys of a model card that no reader of learners knows."""


def convert_results(folder: Path) -> list[Path]:
    """Convert the results files of a folder, and rename them.

    Args:
        folder: Folder of results/NAME.json.

    Returns:
        Files that were written; empty where all are converted.
    """
    written = []
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.get("format", 1) >= FORMAT:
            continue
        name = BENCHMARKS.get(content["name"], content["name"])
        target = folder / f"{name}.json"
        _write_json(target, upgrade_results(content))
        if target != path:
            path.unlink()
        written.append(target)
    return written


def upgrade_results(content: dict[str, Any]) -> dict[str, Any]:
    """Convert the content of one results file.

    Args:
        content: Parsed JSON as 0.1 wrote it.

    Returns:
        The same figures under their present names.
    """
    old = str(content["name"])
    name = BENCHMARKS.get(old, old)
    command = content["command"].replace(f"benchmarks.{old}", f"benchmarks {name}")
    return {
        "format": FORMAT,
        **content,
        "name": name,
        "command": command,
        "figures": rename_keys(content["figures"], CURVE_KEYS | FIGURE_KEYS.get(name, {})),
        "settings": rename_keys(content["settings"], SETTING_KEYS.get(name, {})),
    }


def rename_keys(value: Any, names: Mapping[str, str]) -> Any:
    """Return nested dictionaries and lists with renamed keys.

    Args:
        value: Parsed JSON.
        names: Old key to new key.
    """
    if isinstance(value, dict):
        return {names.get(key, key): rename_keys(entry, names) for key, entry in value.items()}
    if isinstance(value, list):
        return [rename_keys(entry, names) for entry in value]
    return value


def convert_zoo(folder: Path) -> list[Path]:
    """Convert model cards and model files of a folder, and rename them.

    Args:
        folder: Folder of NAME.json and NAME.safetensors.

    Returns:
        Files that were written; empty where all are converted.
    """
    written = []
    for path in sorted(folder.glob("*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        if card.get("format", 1) >= FORMAT:
            continue
        target = folder / f"{MODELS.get(path.stem, path.stem)}.json"
        _write_json(target, upgrade_card(card))
        if target != path:
            path.unlink()
        written.append(target)
    for path in sorted(folder.glob("*.safetensors")):
        target = folder / f"{MODELS.get(path.stem, path.stem)}.safetensors"
        if (content := upgrade_tensors(path)) is not None:
            write_atomically(target, content)
            if target != path:
                path.unlink()
            written.append(target)
        elif target != path:
            path.rename(target)
            written.append(target)
    return written


def upgrade_card(card: dict[str, Any]) -> dict[str, Any]:
    """Convert a model card.

    The command becomes the one that trains the same model today, where a benchmark holds it.

    Args:
        card: Parsed JSON as 0.1 wrote it.

    Returns:
        The same card under its present names.
    """
    old = str(card["name"])
    name = MODELS.get(old, old)
    renamed = {PROSE_KEYS.get(key, key): value for key, value in card.items()}
    upgraded = {"format": FORMAT, **_format_0_1.upgrade_config(renamed), "name": name}
    upgraded["command"] = _present_command(name) or card["command"]
    figures = upgraded["figures"]
    if isinstance(figures, str):
        stem = Path(figures).stem
        upgraded["figures"] = f"benchmarks/results/{BENCHMARKS.get(stem, stem)}.json"
    else:
        upgraded["figures"] = rename_keys(figures, CURVE_KEYS)
    return upgraded


def upgrade_tensors(path: Path) -> bytes | None:
    """Convert a model file.

    Args:
        path: A .safetensors file of 0.1, or of today.

    Returns:
        Content under its present names; None where there is nothing to convert.
    """
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        if "yingshe pronounce" in metadata:
            return _upgrade_g2p(path)
        if "yingshe" not in metadata:
            return None
        header = json.loads(metadata["yingshe"])
        if header["version"] >= FORMAT:
            return None
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    old = header["learner"]
    renamed = {_format_0_1.upgrade_tensor(old, key): value for key, value in tensors.items()}
    text = json.dumps(_format_0_1.upgrade_header(header))
    return save(renamed, metadata={"yingshe": text})


def _upgrade_g2p(path: Path) -> bytes:
    """Convert a file of g2p, which had a format of its own, by reading and writing it."""
    from yingshe.applications.languages.g2p import load_prior

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / path.name
        write_model(target, load_prior(path))
        return target.read_bytes()


def _present_command(name: str) -> str | None:
    sys.path.insert(0, str(ROOT))
    from benchmarks._registry import find_recipe

    recipe = find_recipe(name) or find_recipe(next((k for k, v in MODELS.items() if v == name), ""))
    return recipe.command if recipe else None


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_atomically(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def main() -> None:
    """Convert what the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("results", "zoo"))
    parser.add_argument("folder", nargs="?", type=Path)
    options = parser.parse_args()
    convert, default = {"results": (convert_results, RESULTS), "zoo": (convert_zoo, ZOO)}[
        options.what
    ]
    written = convert(options.folder or default)
    print(f"converted {len(written)} files" if written else "nothing to convert")


if __name__ == "__main__":
    main()
