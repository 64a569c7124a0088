"""Files that commands write: checks before the work is done, and figures of an evaluation."""

from pathlib import Path
from typing import TYPE_CHECKING

from yingshe.errors import UserError

if TYPE_CHECKING:
    from yingshe.evaluation import ShotCurve

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


def report_curve(curve: "ShotCurve", *, json: Path | None, plot: Path | None) -> None:
    """Print the curve of an evaluation, write its files, and print their names.

    Args:
        curve: Result of the evaluation.
        json: File for the figures, .json; None writes none.
        plot: File for the plot, .png or .svg; None writes none.
    """
    from rich.console import Console

    from yingshe.serialization import write_atomically

    Console().print(curve)
    if json is not None:
        write_atomically(json, curve.to_json().encode())
        print(f"figures: {json}")
    if plot is not None:
        curve.plot(plot)
        print(f"plot: {plot}")
