"""Groups of commands that name the nearest one when they are given a word that they do not know."""

from typing import Any

import click


class Verbs(click.Group):
    """A group whose usage error for an unknown command says which one may have been meant."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"no_args_is_help": False, **kwargs})

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if not word.startswith("-") and self.get_command(ctx, word) is None:
            ctx.fail(f"unknown command {word!r}{self.meant(ctx, word)}")
        return super().resolve_command(ctx, args)

    def meant(self, ctx: click.Context, word: str) -> str:
        """Returns what to say of a word that is no command: which one it is like, if it is like any."""
        from prodigy_tui.workflow.suggest import near_misses

        near = near_misses(word, self.list_commands(ctx))
        return f"; the nearest is {near[0]!r}" if near else ""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """In the order of the table, which is that of use."""
        return list(self.commands)
