"""Command-line options out of constructors: a default and a type exist once, in the code itself."""

import contextlib
import dataclasses
import inspect
import io
import re
from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Any, TypeVar, get_args, get_origin

import tyro

from yingshe._cli_support.task_spec import format_task_spec, parse_task_spec
from yingshe.errors import UserError
from yingshe.tasks import Family

T = TypeVar("T")

_COMMON = {
    "x_dim": "Number of inputs.",
    "y_dim": "Number of outputs.",
    "output": "What a prediction is.",
    "family": "A name, with options where wanted: gp:kernel=matern52,noise_std=0.1.",
    "families": "Names, with options where wanted: gp:kernel=matern52,noise_std=0.1.",
}


def parse(options: type[T], args: Sequence[str], *, prog: str, description: str | None = None) -> T:
    """Options of that dataclass from the words of a command line.

    Raises UserError, in one sentence, where a word does not fit; SystemExit(0) after --help.
    """
    complaint = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint):
            return tyro.cli(
                options,
                args=list(args),
                prog=prog,
                description=description,
                config=(tyro.conf.OmitArgPrefixes,),
            )
    except SystemExit as stop:
        if stop.code in (0, None):
            raise
        raise UserError(_sentence(complaint.getvalue(), prog)) from None


def options_of(
    cls: type, *, without: Sequence[str] = (), prefix: str = "", prefixed: Collection[str] = ()
) -> type:
    """A dataclass of a constructor's arguments, with their types and defaults, and help for each.

    An argument that is a family becomes the name of one, which `build` undoes. Arguments in
    `prefixed` become --prefix.name: other options have the same name.
    """
    help_of = _help(cls)
    fields = []
    for name, parameter in inspect.signature(cls, eval_str=True).parameters.items():
        if name in without:
            continue
        flag = f"{prefix}.{name}" if name in prefixed else name
        about = tyro.conf.arg(name=flag, help=help_of(name))
        kind = Annotated[_plain_type(parameter.annotation), about]
        if parameter.default is inspect.Parameter.empty:
            fields.append((name, kind))
        else:
            default = dataclasses.field(default=_plain_default(parameter.default))
            fields.append((name, kind, default))
    fields.sort(key=len)  # those without a default come first
    return dataclasses.make_dataclass(f"{cls.__name__}Options", fields, frozen=True)


def values(options: Any) -> dict[str, Any]:
    """Field names and values of an options object."""
    return {f.name: getattr(options, f.name) for f in dataclasses.fields(options)}


def build(cls: type[T], options: Any, **others: Any) -> T:
    """What `options_of(cls)` gave the options of; `others` are the arguments it went without.

    Raises UserError for the name of a family that does not exist.
    """
    parameters = inspect.signature(cls, eval_str=True).parameters
    arguments = {
        name: _built(parameters[name].annotation, value) for name, value in values(options).items()
    }
    return cls(**(arguments | others))


def _plain_type(annotation: Any) -> Any:
    if annotation is Family:
        return str
    if get_origin(annotation) is tuple and get_args(annotation)[0] is Family:
        return tuple[str, ...]
    return annotation


def _built(annotation: Any, value: Any) -> Any:
    if _plain_type(annotation) is annotation:
        return value
    if isinstance(value, tuple):
        return tuple(parse_task_spec(word) for word in value)
    return parse_task_spec(value)


def _plain_default(value: Any) -> Any:
    if isinstance(value, Family):
        return format_task_spec(value)
    if isinstance(value, tuple):
        return tuple(_plain_default(entry) for entry in value)
    return value


def _help(cls: type) -> Callable[[str], str]:
    """What the docstrings say of an argument, by its name: under "Args:", or in a table."""
    text = f"{inspect.getdoc(cls) or ''}\n\n{inspect.getdoc(cls.__init__) or ''}"
    said = {}
    for arguments in re.findall(r"Args:\n((?:.+\n?)*)", text):
        entries = re.split(r"^\s*(\w+): ", arguments, flags=re.MULTILINE)
        said |= dict(zip(entries[1::2], entries[2::2], strict=True))
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", text, re.MULTILINE)

    def help_of(name: str) -> str:
        known = _COMMON | said
        if name in known:
            return " ".join(known[name].split())
        named = [f"{s} ~ {d}" for s, d in rows if re.search(rf"(?<![a-z_]){name}(?![a-z_])", d)]
        return "; ".join(named)

    return help_of


def _sentence(complaint: str, prog: str) -> str:
    """The first paragraph in tyro's box of words."""
    found = []
    for line in complaint.splitlines():
        line = line.strip().strip("│").strip()
        if not line or line[0] in "╭╰":
            continue
        if line[0] == "─":
            break
        found.append(line)
    return f"{' '.join(found).rstrip('.')}. `{prog} --help` lists the options."
