"""Pronunciation dictionaries: read the files of SIGMORPHON and WikiPron."""

from pathlib import Path

from yingshe.applications.languages.g2p.tasks import Entry
from yingshe.errors import UserError

_HELD_OUT = ("_dev", "_test")


def read_lexicon(path: str | Path) -> list[Entry]:
    """Read the entries of a WikiPron or SIGMORPHON file.

    A line holds a word, a tab, and phonemes separated by spaces. Further columns and empty lines
    are ignored.

    Args:
        path: A .tsv file in UTF-8.

    Returns:
        One entry per line.

    Raises:
        UserError: The file is missing, is not text, has no words, or a line has another form.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no file {path} of words and their phonemes.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    entries = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        word, *rest = line.split("\t")
        phonemes = tuple(rest[0].split()) if rest else ()
        if not word.strip() or not phonemes:
            raise UserError(
                f"{path}, line {number}, is {line[:40]!r}; it must be a word, a tab and its "
                "phonemes with spaces between them."
            )
        entries.append(Entry(word.strip(), phonemes))
    if not entries:
        raise UserError(f"{path} holds no words.")
    return entries


def find_lexica(folder: str | Path) -> dict[str, Path]:
    """Find the lexica of a folder: one .tsv file per language, without *_dev.tsv and *_test.tsv.

    Args:
        folder: Folder with files such as ladin.tsv or ladin_train.tsv.

    Returns:
        Language name -> file, in alphabetical order.

    Raises:
        UserError: The folder is missing or holds no such file.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; give one with a .tsv file for each language.")
    paths = sorted(p for p in folder.glob("*.tsv") if not p.stem.endswith(_HELD_OUT))
    if not paths:
        raise UserError(f"{folder} holds no .tsv file of words and their phonemes.")
    return {path.stem.removesuffix("_train"): path for path in paths}


def read_query_lexica(folder: str | Path, languages: list[str]) -> dict[str, list[Entry]]:
    """Read the held-out words of languages: the files *_dev.tsv of a folder.

    Args:
        folder: Folder of the lexica.
        languages: Names of languages.

    Returns:
        Language name -> entries, for the languages that have such a file.
    """
    paths = {name: Path(folder) / f"{name}_dev.tsv" for name in languages}
    return {name: read_lexicon(path) for name, path in paths.items() if path.is_file()}
