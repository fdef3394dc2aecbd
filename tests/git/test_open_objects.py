"""Objects read without a process, or by one that stays open, are what git says they are."""

import os
from collections.abc import Iterator

import pytest

from prodigy_tui.git.index_file import Unclear
from prodigy_tui.git.open_objects import OpenObjects
from prodigy_tui.started import COMMANDS
from tests.git.reset_facts import commit_of
from tests.support.gitrepo import GitRepo

CONTENTS = {
    "empty": b"",
    "text": b"one\n",
    "bytes": bytes(range(256)) * 999,
    "like an answer": b"blob 1\nx\n\nmissing\n",
}


@pytest.fixture
def objects(user: GitRepo) -> Iterator[OpenObjects]:
    opened = OpenObjects(user.path / ".git")
    yield opened
    opened.close()


@pytest.fixture
def blobs(user: GitRepo) -> dict[str, bytes]:
    """Object -> what it holds."""
    commit = commit_of(user, {name: (content, False) for name, content in CONTENTS.items()}, "refs/heads/kept")
    return {user.git("rev-parse", f"{commit}:{name}"): content for name, content in CONTENTS.items()}


@pytest.mark.parametrize("packed", [False, True], ids=["in files of their own", "packed"])
def test_they_hold_what_they_hold(user: GitRepo, objects: OpenObjects, blobs: dict[str, bytes], packed: bool):
    if packed:
        user.git("repack", "-adq")
    before = COMMANDS.begin((), user.path).number
    names = [*blobs, *reversed(blobs)]

    for _ in range(2):
        assert objects.read("blob", names) == [blobs[name] for name in names]
        for kind in ("commit", "tree"):
            name = user.git("rev-parse", f"kept^{{{kind}}}")
            assert [len(content) for content in objects.read(kind, [name])] == [int(user.git("cat-file", "-s", name))]

    assert len([one for one in COMMANDS.all() if one.number > before]) == packed


def test_nothing_is_asked_for_without_a_need(user: GitRepo, objects: OpenObjects):
    assert objects.read("blob", []) == []


@pytest.mark.parametrize("packed", [False, True], ids=["in files of their own", "packed"])
def test_what_is_not_there_or_another_thing_is_not_told_and_the_next_is(
    user: GitRepo, objects: OpenObjects, blobs: dict[str, bytes], packed: bool
):
    if packed:
        user.git("repack", "-adq")
    some = next(iter(blobs))

    for kind, names in (("blob", [some, "0" * 40]), ("tree", [some]), ("blob", [user.git("rev-parse", "kept")])):
        with pytest.raises(Unclear):
            objects.read(kind, names)
        assert objects.read("blob", list(blobs)) == list(blobs.values())


def test_without_its_process_only_what_needs_none_is_told(user: GitRepo, objects: OpenObjects, blobs: dict[str, bytes]):
    user.git("repack", "-adq")
    [some, *others] = blobs
    objects.read("blob", [some])
    assert objects._open is not None
    objects._open._process.kill()
    objects._open._process.wait()
    fresh = user.git("hash-object", "-w", os.fspath(user.write("fresh", "fresh")))

    for _ in range(2):
        with pytest.raises(Unclear):
            objects.read("blob", others)
        assert objects.read("blob", [fresh, some]) == [b"fresh", blobs[some]]


def test_what_was_read_last_is_kept_within_bounds(user: GitRepo, objects: OpenObjects):
    content = os.urandom(1 << 15)
    files = {str(number): (content + bytes([number]), False) for number in range(90)}
    commit = commit_of(user, files)
    names = [user.git("rev-parse", f"{commit}:{number}") for number in range(90)]

    for name, (content, _) in zip(names, files.values(), strict=True):
        assert objects.read("blob", [name]) == [content]

    assert 0 < sum(map(len, objects._kept.values())) <= 2 << 20
