"""The way back after a landing, in the one line at the bottom."""

from pathlib import Path

from prodigy_tui.cli.machine import top_of
from prodigy_tui.tui.model.taking_back import undo_here, undo_words

COMMIT = "7d1f" * 10


def test_the_working_tree_that_one_is_in_is_not_named(tmp_path: Path) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    (tmp_path / "repo/src/deep").mkdir(parents=True)
    here, command = top_of(tmp_path / "repo/src/deep"), f"git -C {tmp_path}/repo revert --no-edit -m 1 {COMMIT}"
    assert here == str(tmp_path / "repo")
    assert top_of(tmp_path) != here

    assert undo_here(command, here) == f"git revert --no-edit -m 1 {COMMIT}"
    assert undo_here(command, str(tmp_path)) == command
    assert undo_here(command, "") == command
    assert undo_here("git reset --keep 123", here) == "git reset --keep 123"
    assert undo_here("it's no shell's", here) == "it's no shell's"

    assert undo_words(command, 0, here) == undo_words(command, 80, here) == f"git revert --no-edit -m 1 {COMMIT}"
    assert undo_words(command, 50, here) == f"git revert --no-edit -m 1 {COMMIT[:12]}", "a command is there whole"
    assert undo_words(command, 50) == "y on the line merge (1) copies the command", "or the way to it"
