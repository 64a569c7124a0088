"""Command-line options out of constructors: a default and a type exist once, in the code itself."""

import contextlib
import dataclasses
import inspect
import io
import re
from collections.abc import Collection, Sequence
from typing import Annotated, Any, TypeVar, get_args, get_origin

import tyro

from yingshe.errors import UserError
from yingshe.tasks import FAMILIES, Family
from yingshe.training.describe import build_family

T = TypeVar("T")


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
        return tuple(_default_family(name) for name in value)
    return _default_family(value)


def _default_family(name: str) -> Family:
    return build_family({"name": name, "options": {}})


def _plain_default(value: Any) -> Any:
    if isinstance(value, Family):
        return next(name for name, cls in FAMILIES.items() if cls is type(value))
    if isinstance(value, tuple):
        return tuple(_plain_default(entry) for entry in value)
    return value


def _help(cls: type):
    """Name -> what the class's docstring says of that argument, under "Args:" or in its table."""
    text = inspect.getdoc(cls) or ""
    said = dict(
        re.findall(r"^ {4}(\w+): ((?:.|\n {8})*)", text.partition("Args:")[2], re.MULTILINE)
    )
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", text, re.MULTILINE)

    def help_of(name: str) -> str:
        if name in said:
            return " ".join(said[name].split())
        if name == "x_dim":
            return "Number of inputs."
        if name == "y_dim":
            return "Number of outputs."
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
