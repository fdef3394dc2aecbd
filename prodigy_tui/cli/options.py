"""The options of every verb that drives a run: `run`, `resume`, `dlq retry`, `merge`, `demo`."""

import functools
from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypeAlias, TypeVar

import click
from msgspec import Struct

from prodigy_tui.errors import ProdigyError

P = ParamSpec("P")
R = TypeVar("R")

Merge: TypeAlias = Literal["ask", "yes", "no"]
Form: TypeAlias = Literal["text", "jsonl"]


class NoTerminal(ProdigyError):
    """The interface cannot be opened here."""


class DriveOptions(Struct, frozen=True, kw_only=True):
    """How a run is driven and shown."""

    interface: bool | None = None
    """None: the interface when there is a terminal."""
    yes: bool = False
    merge: Merge = "ask"
    max_parallel: int | None = None
    as_json: bool = False
    form: Form = "text"

    def uses_interface(self, *, has_terminal: bool) -> bool:
        """Says whether the interface is opened; machine-readable output never shares a terminal with it.

        Raises:
            NoTerminal: it is asked for where there is none.
        """
        if self.interface and not has_terminal:
            raise NoTerminal(
                "the interface needs a terminal, one that can move its cursor (TERM is not 'dumb')",
                hint="--headless does without",
            )
        if self.interface is not None:
            return self.interface
        return has_terminal and not self.as_json and self.form == "text"

    def merge_mode(self, *, interface: bool) -> Merge:
        """Returns what becomes of the landing: there is nobody to ask without the interface, and silence is no yes."""
        if self.merge != "ask":
            return self.merge
        if self.yes:
            return "yes"
        return "ask" if interface else "no"


def drive_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command the options of driving, as `drive`."""

    @click.option("--tui/--headless", "interface", default=None, help="Force the interface on or off.")
    @click.option("-y", "--yes", is_flag=True, help="Answer yes to the questions of the run, and land without asking.")
    @click.option(
        "--merge",
        type=click.Choice(["ask", "yes", "no"]),
        default="ask",
        show_default=True,
        help="Whether the result lands on your branch; headless, `ask` means `no`.",
    )
    @click.option(
        "-j",
        "--max-parallel",
        type=click.IntRange(min=1),
        metavar="N",
        help="Agents at once, instead of what the workflow says.",
    )
    @click.option("--json", "as_json", is_flag=True, help="The summary as one JSON document on stdout.")
    @click.option(
        "--format",
        "form",
        type=click.Choice(["text", "jsonl"]),
        default="text",
        show_default=True,
        help="Headless output: lines for people on stderr, or the events as JSON lines on stdout.",
    )
    @functools.wraps(command)
    def with_drive(*args: Any, **kwargs: Any) -> R:
        names = ("interface", "yes", "merge", "max_parallel", "as_json", "form")
        drive = DriveOptions(**{name: kwargs.pop(name) for name in names})
        return command(*args, drive=drive, **kwargs)

    return with_drive
