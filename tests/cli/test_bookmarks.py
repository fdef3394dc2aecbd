from datetime import UTC, datetime
from pathlib import Path

import pytest

from prodigy_tui.cli.bookmarks import BookmarkFile
from prodigy_tui.tui.model.bookmarks import Bookmark

AT = datetime(2026, 3, 14, 12, 31, 37, 204_000, tzinfo=UTC)
MARKS = (Bookmark(seq=3, at=AT, name="before the fall"), Bookmark(seq=9, at=AT, name="\x1b[31mred\ud800"))


def test_bookmarks_come_back_as_they_were_kept(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.json"

    assert BookmarkFile(path).load() == ()
    assert BookmarkFile(path).save(MARKS[:1]) == ""
    assert BookmarkFile(path).load() == list(MARKS[:1])
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", [b"", b"{}", b'[{"seq":-1}]', b"\xff", b"[" * 100_000])
def test_what_cannot_be_read_is_not_written_over(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "bookmarks.json"
    path.write_bytes(text)
    file = BookmarkFile(path)

    assert file.load() == ()
    assert "cannot be read" in file.save(MARKS[:1])
    assert path.read_bytes() == text


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    assert "kept until you leave" in BookmarkFile(tmp_path / "gone" / "bookmarks.json").save(MARKS[:1])
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_file_can_hold_is_kept_as_far_as_it_can_be(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.json"
    assert BookmarkFile(path).save(MARKS) == ""

    assert [one.name for one in BookmarkFile(path).load()] == ["before the fall", "\x1b[31mred?"]
