"""Pictures of a run's past, without a terminal."""

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.make import make_run
from tests.support.project import Project

ENVELOPES = make_run(items=4, failing=[2])


def words(picture: Path) -> str:
    return " ".join("".join(ElementTree.parse(picture).getroot().itertext()).replace("\xa0", " ").split())


def test_picture_of_the_end(project: Project, tmp_path: Path) -> None:
    project.record(ENVELOPES)
    picture = tmp_path / "end.svg"

    called = project.call("replay", "last", "--screenshot", picture)

    assert called.code == 0, called.err
    assert called.err == f"{picture}: event {len(ENVELOPES)} of {len(ENVELOPES)}\n"
    assert "item-2" in words(picture)


def test_picture_of_a_moment_and_a_size(project: Project, tmp_path: Path) -> None:
    project.record(ENVELOPES)
    early, wide = tmp_path / "early.svg", tmp_path / "wide.svg"

    assert project.call("replay", "--at", "3", "--screenshot", early).code == 0
    assert project.call("replay", "--at", "+1h", "--screenshot", wide, "--size", "160x50").code == 0

    assert "item-2" not in words(early)
    assert early.read_text() != wide.read_text()


def test_log_that_lies_anywhere(project: Project, tmp_path: Path) -> None:
    copied = tmp_path / "copied.jsonl"
    shutil.copy(project.record(ENVELOPES).events, copied)
    picture = tmp_path / "copied.svg"

    assert project.call("replay", copied, "--screenshot", picture).code == 0
    assert "item-2" in words(picture)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--at", "soon", "--screenshot", "x.svg"], 2, "'soon' is no place in a run"),
        (["--size", "big", "--screenshot", "x.svg"], 2, "is not a size"),
        (["--screenshot", "/no/such/folder/x.svg"], 2, "cannot be written"),
        ([], 2, "needs a terminal"),
    ],
)
def test_what_cannot_be_done_is_said(project: Project, options, code, said) -> None:
    project.record(ENVELOPES)

    called = project.call("replay", "last", *options)

    assert called.code == code
    assert said in called.err


@pytest.mark.parametrize("content", [b"", b"hello\n", b'{"a": 1}\n', b"\x00\xff", b'{"seq": 1, "at": "2026-01'])
def test_a_file_that_is_no_event_log_is_refused(project: Project, tmp_path: Path, content: bytes) -> None:
    file, picture = tmp_path / "notes.txt", tmp_path / "x.svg"
    file.write_bytes(content)

    called = project.call("replay", file, "--screenshot", picture)

    assert (called.code, called.err.count("\n"), picture.exists()) == (2, 1, False)
    assert f"error: file {str(file)!r} is no event log of a run: " in called.err


def test_damage_behind_the_beginning_of_a_log_is_told_as_such(project: Project, tmp_path: Path) -> None:
    log = project.record(ENVELOPES).events
    lines = log.read_bytes().splitlines(keepends=True)
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"".join((*lines[:3], b"{}\n", *lines[4:])))

    called = project.call("replay", file, "--screenshot", tmp_path / "x.svg")

    assert called.code == 1
    assert "is damaged at line 4" in called.err
