"""Files that commands write: refused before the work is done, not after."""

from pathlib import Path

from yingshe.errors import UserError

_PLOTS = (".png", ".svg")


def check_writable(
    *paths: Path | None, plot: Path | None = None, movie: Path | None = None
) -> None:
    """Raises UserError where a file could not be written there, or a plot or a movie has another
    suffix than theirs.
    """
    if plot is not None and plot.suffix.lower() not in _PLOTS:
        raise UserError(f"{plot} ends in '{plot.suffix}'; a plot is written as .png or .svg.")
    if movie is not None and movie.suffix.lower() != ".gif":
        raise UserError(f"{movie} ends in '{movie.suffix}'; a movie is a .gif.")
    for path in (*paths, plot, movie):
        if path is None:
            continue
        if path.is_dir():
            raise UserError(f"{path} is a folder; give a file to write.")
        if not path.absolute().parent.is_dir():
            raise UserError(f"There is no folder {path.parent} to write {path.name} into.")
