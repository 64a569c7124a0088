"""Checks of the files that commands write, made before the work is done."""

from pathlib import Path

from yingshe.errors import UserError

_PLOTS = (".png", ".svg")


def check_writable(
    *paths: Path | None, plot: Path | None = None, animation: Path | None = None
) -> None:
    """Check that files can be written.

    Args:
        *paths: Files of any type; None is skipped.
        plot: File that must end in .png or .svg.
        animation: File that must end in .gif.

    Raises:
        UserError: A suffix is wrong, a path is a directory, or its directory does not exist.
    """
    if plot is not None and plot.suffix.lower() not in _PLOTS:
        raise UserError(f"{plot} ends in '{plot.suffix}'; a plot is written as .png or .svg.")
    if animation is not None and animation.suffix.lower() != ".gif":
        raise UserError(f"{animation} ends in '{animation.suffix}'; an animation is a .gif.")
    for path in (*paths, plot, animation):
        if path is None:
            continue
        if path.is_dir():
            raise UserError(f"{path} is a directory; name a file to write.")
        if not path.absolute().parent.is_dir():
            raise UserError(f"There is no directory {path.parent} to write {path.name} into.")
