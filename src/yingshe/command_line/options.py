"""Command-line options derived from dataclasses and constructors.

A default and a type exist once, in the code itself.
"""

import contextlib
import dataclasses
import inspect
import io
import re
from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Any, TypeVar, get_args, get_origin

import tyro

from yingshe.command_line.task_spec import format_task_spec, parse_task_spec
from yingshe.errors import UserError
from yingshe.tasks import Family

T = TypeVar("T")

_COMMON = {
    "x_dim": "Number of inputs.",
    "y_dim": "Number of outputs.",
    "likelihood": "Type of the predicted distribution.",
    "family": "Task family, with options after a colon: gp:kernel=matern52,length_scale=0.5.",
    "families": "Task families, with options after a colon: gp:kernel=matern52,length_scale=0.5.",
}
"""Help texts of arguments that many constructors have."""


def parse(options: type[T], args: Sequence[str], *, prog: str, description: str | None = None) -> T:
    """Parse command-line arguments to a dataclass.

    Args:
        options: Dataclass of the options; the docs of its fields are the help text.
        args: Command-line arguments.
        prog: Command for the usage line.
        description: Text for --help; by default the docstring of the dataclass.

    Returns:
        The options.

    Raises:
        UserError: An argument does not fit.
        SystemExit: After --help, with code 0.
    """
    message = io.StringIO()
    try:
        with contextlib.redirect_stderr(message):
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
        raise UserError(_sentence(message.getvalue(), prog)) from None


def options_of(
    cls: type, *, without: Sequence[str] = (), prefix: str = "", prefixed: Collection[str] = ()
) -> type:
    """Make a dataclass of a constructor's arguments, with their types, defaults and help texts.

    An argument that is a family becomes its specification as text, which `build` parses.

    Args:
        cls: Class with the constructor.
        without: Arguments to leave out.
        prefix: Prefix of the arguments in `prefixed`.
        prefixed: Arguments that become --prefix.name, because other options have the same name.

    Returns:
        The dataclass.
    """
    get_help = _parse_help(cls)
    fields = []
    for name, parameter in inspect.signature(cls, eval_str=True).parameters.items():
        if name in without:
            continue
        flag = f"{prefix}.{name}" if name in prefixed else name
        argument = tyro.conf.arg(name=flag, help=get_help(name))
        annotation = Annotated[_plain_type(parameter.annotation), argument]
        if parameter.default is inspect.Parameter.empty:
            fields.append((name, annotation))
        else:
            default = dataclasses.field(default=_plain_default(parameter.default))
            fields.append((name, annotation, default))
    fields.sort(key=len)  # those without a default come first
    return dataclasses.make_dataclass(f"{cls.__name__}Options", fields, frozen=True)


def values(options: Any) -> dict[str, Any]:
    """Return the values of an options object.

    Args:
        options: Instance of an options dataclass.

    Returns:
        Values by field name.
    """
    return {f.name: getattr(options, f.name) for f in dataclasses.fields(options)}


def build(cls: type[T], options: Any, **others: Any) -> T:
    """Call a constructor with options that were parsed.

    Args:
        cls: Class that `options_of` was called with.
        options: Parsed options.
        **others: Arguments that the options leave out.

    Returns:
        The object.

    Raises:
        UserError: An option names a family that does not exist.
    """
    parameters = inspect.signature(cls, eval_str=True).parameters
    arguments = {
        name: _parse_value(parameters[name].annotation, value)
        for name, value in values(options).items()
    }
    return cls(**(arguments | others))


def _plain_type(annotation: Any) -> Any:
    if annotation is Family:
        return str
    if get_origin(annotation) is tuple and get_args(annotation)[0] is Family:
        return tuple[str, ...]
    return annotation


def _parse_value(annotation: Any, value: Any) -> Any:
    if _plain_type(annotation) is annotation:
        return value
    if isinstance(value, tuple):
        return tuple(parse_task_spec(spec) for spec in value)
    return parse_task_spec(value)


def _plain_default(value: Any) -> Any:
    if isinstance(value, Family):
        return format_task_spec(value)
    if isinstance(value, tuple):
        return tuple(_plain_default(entry) for entry in value)
    return value


def _parse_help(cls: type) -> Callable[[str], str]:
    """Return a function from an argument to its docs, under "Args:" or in a table."""
    text = f"{inspect.getdoc(cls) or ''}\n\n{inspect.getdoc(cls.__init__) or ''}"
    documented = dict(_COMMON)
    for arguments in re.findall(r"Args:\n((?:.+\n?)*)", text):
        entries = re.split(r"^\s*(\w+): ", arguments, flags=re.MULTILINE)
        documented |= dict(zip(entries[1::2], entries[2::2], strict=True))
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", text, re.MULTILINE)

    def get_help(name: str) -> str:
        if name in documented:
            return " ".join(documented[name].split())
        matches = [f"{s} ~ {d}" for s, d in rows if re.search(rf"(?<![a-z_]){name}(?![a-z_])", d)]
        return "; ".join(matches)

    return get_help


def _sentence(message: str, prog: str) -> str:
    """Extract the first paragraph from tyro's box."""
    paragraph = []
    for line in message.splitlines():
        line = line.strip().strip("│").strip()
        if not line or line[0] in "╭╰":
            continue
        if line[0] == "─":
            break
        paragraph.append(line)
    return f"{' '.join(paragraph).rstrip('.')}. `{prog} --help` lists the options."
