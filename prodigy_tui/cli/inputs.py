"""What an operator gives to a workflow: values of parameters, a profile, positional values, variables."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click
import msgspec
from msgspec.structs import replace

from prodigy_tui.errors import ExitCode, ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.workflow.load import Given

P = ParamSpec("P")
R = TypeVar("R")


class InputUnusable(ProdigyError):
    """What was given for a workflow cannot be read."""

    exit_code = ExitCode.USAGE


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """What was given on the command line."""

    params: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    profile: str | None = None
    may_change: bool = False
    """A run that is taken up may get other values than were recorded, not only those of secret parameters."""

    @property
    def has_values(self) -> bool:
        """Whether any parameter got a value."""
        return bool(self.params or self.files)

    def given(self, *, complete: bool) -> "Given":
        """Returns it for the loader; `complete` makes a missing parameter an error."""
        from prodigy_tui.workflow.load import Given

        return Given(params=self.params, files=self.files, profile=self.profile, complete=complete)


def param_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command the options for values of parameters, as `inputs`."""

    @click.option("--param", "params", multiple=True, metavar="K=V", help="The value of a parameter (repeatable).")
    @click.option(
        "--param-file",
        "param_files",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="F",
        help="Values of parameters, a YAML or JSON mapping (repeatable); --param goes before.",
    )
    @functools.wraps(command)
    def with_params(*args: Any, **kwargs: Any) -> R:
        pairs = [pair_of("--param", text) for text in kwargs.pop("params")]
        files = tuple((str(file), read_values(file)) for file in kwargs.pop("param_files"))
        return command(*args, inputs=Inputs(params=tuple(pairs), files=files), **kwargs)

    return with_params


def input_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command all options that decide what a workflow means, as `inputs`."""

    @param_options
    @click.option("--profile", metavar="P", help="The profile of the workflow, instead of $PRODIGY_PROFILE.")
    @functools.wraps(command)
    def with_inputs(*args: Any, **kwargs: Any) -> R:
        inputs: Inputs = kwargs.pop("inputs")
        return command(*args, inputs=replace(inputs, profile=kwargs.pop("profile")), **kwargs)

    return with_inputs


def pair_of(option: str, text: str) -> tuple[str, str]:
    """Returns name and value of `NAME=VALUE`.

    Raises:
        InputUnusable: there is no name.
    """
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        shown = name if sign else text
        raise InputUnusable(f"{option} needs NAME=VALUE, not {shown!r}", hint=f"write {option} NAME=VALUE")
    return name.strip(), value


def read_values(file: Path) -> Mapping[str, Any]:
    """Returns the values that stand in a `--param-file`, read as workflows are.

    Raises:
        InputUnusable: it cannot be read, or is no mapping.
    """
    from prodigy_tui.workflow.nodes import MapNode, to_data
    from prodigy_tui.workflow.problems import Report, has_errors
    from prodigy_tui.workflow.source import read_source

    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputUnusable(f"--param-file {str(file)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputUnusable(f"--param-file {str(file)!r} is not UTF-8") from error
    report = Report(str(file))
    top = read_source(text, file.suffix.lower(), report, str(file))
    problems = report.problems()
    if has_errors(problems):
        first = next(problem for problem in problems if problem.severity == "error")
        raise InputUnusable(f"--param-file {first.file}:{first.line}:{first.column}: {first.message}")
    if not isinstance(top, MapNode):
        raise InputUnusable(
            f"--param-file {str(file)!r} is no mapping", hint="write a line 'name: value' for each parameter"
        )
    data: dict[str, Any] = to_data(top)
    return data
