"""What leads out of the interface for a while: shell, editor and folder of a worktree, the log of commands."""

from pathlib import Path
from typing import Final

from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.choosing import Choice
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.model.worktrees import no_worktree, worktree_of

_FOLDER: Final = "."


def no_place(desk: Desk) -> str:
    """Returns why the worktree of what is selected cannot be gone to; empty when it can."""
    return no_worktree(desk.model, desk.current_item, Path.is_dir)


def no_shell(desk: Desk) -> str:
    return no_place(desk) or desk.outside.no_shell()


def no_editor(desk: Desk) -> str:
    return no_place(desk) or desk.outside.no_editor()


def open_shell(desk: Desk) -> None:
    item = desk.model.state.items[desk.current_item or ""]
    desk.outside.shell(worktree_of(item))


def show_worktree(desk: Desk) -> None:
    item = desk.model.state.items[desk.current_item or ""]
    desk.copy(safe(str(worktree_of(item))))


def files(desk: Desk) -> list[Choice]:
    """Returns what can be opened: what the agent has changed, and its worktree as a whole."""
    item = desk.model.state.items.get(desk.current_item or "")
    if item is None:
        return []
    changed = [Choice(id=path, caption=safe(path, 200)) for path in item.files]
    return [*changed, Choice(id=_FOLDER, caption="the whole worktree")]


def edit(desk: Desk, path: str, _: str) -> str:
    item = desk.model.state.items.get(desk.current_item or "")
    if item is None:
        return "select an agent"
    worktree = worktree_of(item)
    desk.outside.edit(worktree, worktree if path == _FOLDER else worktree / path)
    return ""


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="agent.shell",
        caption="Agent: a shell in its worktree",
        hint="shell",
        keys=("s",),
        scope="agent",
        why_not=no_shell,
        run=open_shell,
    ),
    Action(
        id="agent.edit",
        caption="Agent: open a file of its worktree in the editor…",
        hint="edit",
        keys=("e",),
        scope="agent",
        why_not=no_editor,
        choose=files,
        run_chosen=edit,
    ),
    Action(
        id="agent.worktree",
        only=("fleet", "log", "merges"),
        caption="Agent: copy where its worktree is",
        hint="worktree",
        keys=("w",),
        scope="agent",
        why_not=no_place,
        run=show_worktree,
    ),
    Action(
        id="review.edit",
        caption="Review: open the file in the editor",
        hint="edit",
        keys=("e",),
        scope="review",
        why_not=lambda desk: desk.review.reason("edit") if desk.review is not None else "no change is open",
        run=lambda desk: desk.view.perform("edit"),
    ),
    Action(
        id="commands",
        caption="Engine: show the log of its commands",
        hint="commands",
        keys=("at",),
        why_not=lambda desk: desk.outside.no_commands(),
        run=lambda desk: desk.outside.open_commands(),
    ),
    Action(
        id="suspend",
        caption="Engine: stand still until `fg` (ctrl+z); s opens a shell while the run goes on",
        why_not=lambda desk: desk.outside.no_shell(),
        run=lambda desk: desk.outside.stand_still(),
    ),
)
