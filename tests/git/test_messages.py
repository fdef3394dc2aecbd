"""Trailers of the engine's commits."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.git.messages import (
    TRAILER_ATTEMPT,
    TRAILER_ITEM,
    TRAILER_RUN,
    read_trailers,
    with_trailers,
)
from tests.support.gitrepo import GitRepo

TRAILERS = {TRAILER_RUN: "fix-240101-000000-abcd", TRAILER_ITEM: "a/b.py", TRAILER_ATTEMPT: "2"}


def test_trailers_are_a_paragraph_of_their_own():
    assert with_trailers("Merge x\n\nBody.\n\n", TRAILERS) == (
        "Merge x\n\nBody.\n\nProdigy-Run: fix-240101-000000-abcd\nProdigy-Item: a/b.py\nProdigy-Attempt: 2\n"
    )


def test_trailers_join_those_that_are_there():
    message = with_trailers("Subject\n\nSigned-off-by: x <x@y>", {TRAILER_RUN: "r"})

    assert message == "Subject\n\nSigned-off-by: x <x@y>\nProdigy-Run: r\n"


def test_a_subject_that_looks_like_a_trailer_is_none():
    assert with_trailers("fix: something", {TRAILER_RUN: "r"}) == "fix: something\n\nProdigy-Run: r\n"


def test_empty_message_gets_a_subject_and_no_trailers_change_nothing():
    assert with_trailers(" \n", {TRAILER_RUN: "r"}) == "Merge\n\nProdigy-Run: r\n"
    assert with_trailers("Subject", {}) == "Subject\n"


def test_a_value_cannot_add_a_trailer():
    message = with_trailers("Merge", {TRAILER_ITEM: "x\nProdigy-Run: other\0\r\n\n"})

    assert read_trailers(message) == {TRAILER_ITEM: "x Prodigy-Run: other"}


@given(message=st.text(), value=st.text())
def test_what_was_added_is_read_back(message: str, value: str):
    trailers = {TRAILER_RUN: "r", TRAILER_ITEM: " ".join(value.replace("\0", "").split())}

    found = read_trailers(with_trailers(message, {TRAILER_RUN: "r", TRAILER_ITEM: value}))

    assert {name: found.get(name) for name in trailers} == trailers


def test_git_reads_the_same_trailers(tmp_path: Path):
    repo = GitRepo.init(tmp_path / "r")
    repo.commit_staged(with_trailers("Merge x\n\nwhy: because\nand more", TRAILERS))

    printed = repo.git("log", "-1", "--format=%(trailers:only,unfold)").strip()

    assert dict(line.split(": ", 1) for line in printed.splitlines()) == TRAILERS
