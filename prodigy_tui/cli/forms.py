"""The options of verbs that write a report: in which format, and where to."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import click
import msgspec

R = TypeVar("R")

Form: TypeAlias = Literal["text", "md", "html", "json"]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How and where to write."""

    form: Form
    file: Path | None
    """None: stdout."""


def form_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command `--format`, `--json` and `-o`, together as its argument `wanted`."""

    @click.option(
        "--format",
        "form",
        type=click.Choice(["text", "md", "html", "json"]),
        default="text",
        show_default=True,
        help="`md` is Markdown; `html` one file that opens offline and prints.",
    )
    @click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
    @click.option(
        "-o",
        "--output",
        "file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write to FILE instead of stdout.",
    )
    @functools.wraps(command)
    def with_wanted(*args: Any, form: Form, as_json: bool, file: Path | None, **kwargs: Any) -> R:
        return command(*args, wanted=Wanted(form="json" if as_json else form, file=file), **kwargs)

    return with_wanted
