"""Check that sdist and wheel of a folder hold what users need, and nothing else."""

import sys
import tarfile
import zipfile
from pathlib import Path

NEEDED = (
    "yingshe/py.typed",
    "yingshe/zoo/linear.safetensors",
    "yingshe/zoo/linear.json",
    "yingshe/applications/robots/arm/panda.xml",
)


def main(folder: Path) -> None:
    """Raise SystemExit with what is missing or superfluous.

    Args:
        folder: Folder with one .whl and one .tar.gz.
    """
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    problems = [f"{wheel.name} lacks {name}" for name in NEEDED if name not in names]
    strange = [n for n in names if not n.startswith(("yingshe/", "yingshe-"))]
    problems += [f"{wheel.name} has {name}" for name in strange]
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    wanted = ("README.md", "LICENSE", "pyproject.toml", *(f"src/{name}" for name in NEEDED))
    problems += [f"{sdist.name} lacks {name}" for name in wanted if name not in inside]
    if problems:
        raise SystemExit("\n".join(problems))
    print(
        f"{wheel.name}: {len(names)} files, {wheel.stat().st_size / 1e6:.1f} MB; {sdist.name}: ok"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
