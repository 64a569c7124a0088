"""Print the test files that cover what changed since main, one a line.

`src/yingshe/learners/rls.py` is covered by `tests/learners`, a changed test by itself, anything
else of the package by the tests at the top of `tests`.
"""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def tests_of(changed: list[str]) -> list[str]:
    """Return test files and folders for changed paths.

    Args:
        changed: Paths relative to the repository.

    Returns:
        Existing paths below `tests`, sorted, without duplicates.
    """
    tests = set()
    for name in changed:
        path = Path(name)
        if path.parts[0] == "tests" and path.name.startswith("test_"):
            tests.add(path)
        if path.parts[:2] == ("src", "yingshe"):
            tests.add(_nearest(Path("tests", *path.parts[2:-1]), path.stem.lstrip("_")))
    return sorted(str(path) for path in tests if (ROOT / path).exists())


def _nearest(folder: Path, stem: str) -> Path:
    """Return the test file of a module, else the nearest folder of tests that exists."""
    if (ROOT / folder / f"test_{stem}.py").exists():
        return folder / f"test_{stem}.py"
    for candidate in (folder, *folder.parents):
        file = candidate.parent / f"test_{candidate.name}.py"
        if (ROOT / file).exists():
            return file
        if candidate != Path("tests") and (ROOT / candidate).is_dir():
            return candidate
    return Path("tests/test_imports.py")


def main() -> None:
    """Print the tests of everything that differs from the branch point of main."""
    base = _git("merge-base", "HEAD", "main") or "HEAD"
    changed = _git("diff", "--name-only", base.strip()).splitlines()
    changed += _git("ls-files", "--others", "--exclude-standard").splitlines()
    print("\n".join(tests_of(changed)))


def _git(*args: str) -> str:
    run = subprocess.run(["git", *args], capture_output=True, text=True, cwd=ROOT, check=False)
    return run.stdout


if __name__ == "__main__":
    main()
