"""Files that commands write: refused before the work is done, not after."""

from pathlib import Path

from yingshe.errors import UserError

_PLOTS = (".png", ".svg")


def check_writable(
    *paths: Path | None, plot: Path | None = None, animation: Path | None = None
) -> None:
    """Raises UserError where a file could not be written there, or a plot or an animation has another
    suffix than theirs.
    """
    if plot is not None and plot.suffix.lower() not in _PLOTS:
        raise UserError(f"{plot} ends in '{plot.suffix}'; a plot is written as .png or .svg.")
    if animation is not None and animation.suffix.lower() != ".gif":
        raise UserError(f"{animation} ends in '{animation.suffix}'; an animation is a .gif.")
    for path in (*paths, plot, animation):
        if path is None:
            continue
        if path.is_dir():
            raise UserError(f"{path} is a folder; give a file to write.")
        if not path.absolute().parent.is_dir():
            raise UserError(f"There is no folder {path.parent} to write {path.name} into.")
