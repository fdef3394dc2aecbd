"""Files that a run leaves beside its log."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from prodigy_tui.engine.artifacts import write_item, write_value
from prodigy_tui.storage.paths import RunFolder
from prodigy_tui.storage.trouble import StateFolderUnusable
from tests.support.counting import calls_of
from tests.support.make import make_items

ITEM = make_items(1)[0]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    (folder.artifacts / "items").mkdir(parents=True)
    return folder


def test_a_new_item_is_written_without_a_look_at_what_is_there(folder):
    assert calls_of(os.stat, lambda: write_item(folder, ITEM)) == 0


def test_a_new_item_is_one_file_and_no_second_one_for_a_while(folder):
    assert calls_of(os.replace, lambda: write_item(folder, ITEM)) == 0


def test_what_was_cut_off_is_written_again(folder):
    with pytest.MonkeyPatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(os, "fchmod", _full)
        write_item(folder, ITEM)

    assert json.loads(write_item(folder, ITEM).read_bytes()) == ITEM.data


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_item_is_private_and_its_folders_are_made(tmp_path):
    path = write_item(RunFolder(tmp_path / "run"), ITEM)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_is_whole_is_not_written_again_and_what_has_another_size_is(folder):
    path = write_item(folder, ITEM)
    whole, number = path.read_bytes(), path.stat().st_ino
    write_item(folder, ITEM)
    assert path.stat().st_ino == number

    path.write_bytes(b"")
    write_item(folder, ITEM)
    assert path.read_bytes() == whole


def test_a_value_that_is_there_is_kept(folder):
    path = write_value(folder, "large")
    number = path.stat().st_ino

    assert write_value(folder, "large") == path
    assert path.stat().st_ino == number


def test_a_file_in_place_of_the_folder_is_trouble(folder):
    (folder.artifacts / "items").rmdir()
    (folder.artifacts / "items").write_text("x")
    with pytest.raises(StateFolderUnusable):
        write_item(folder, ITEM)
