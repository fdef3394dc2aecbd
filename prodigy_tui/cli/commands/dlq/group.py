"""The group of verbs about dead letters. A verb is loaded when it is asked for."""

from importlib import import_module
from typing import Final

import click

from prodigy_tui.cli.verbs import Verbs

_VERBS: Final = ("list", "show", "stats", "retry", "discard", "export")
"""In the order of use; each is `command` in the module of that name, which is `listing` for `list`."""


class DlqVerbs(Verbs):
    """The verbs, each in a module of its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in _VERBS:
            return None
        name = "listing" if cmd_name == "list" else cmd_name
        command: click.Command = import_module(f"prodigy_tui.cli.commands.dlq.{name}").command
        return command


@click.group(cls=DlqVerbs, epilog="Example: prodigy-tui dlq retry last --all -y")
def dlq() -> None:
    """Look at what failed for good; retry or discard it

    The first argument is the run if it names one, else the newest run is meant. An item is named by its id, by `a` and
    its position, or by its label.
    """
