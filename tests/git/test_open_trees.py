"""Trees that are read without a process, and what differs between two, are as git says."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prodigy_tui.git.index_file import Unclear
from prodigy_tui.git.open_objects import OpenObjects
from prodigy_tui.git.open_trees import OpenTrees
from tests.support.gitrepo import GitRepo

NAMES: Final = st.lists(st.sampled_from(["a", "b", "a.b", "a-b", "ü", "x y"]), min_size=1, max_size=4).map("/".join)
ENTRIES: Final = st.dictionaries(
    NAMES, st.tuples(st.sampled_from(["100644", "100755", "120000"]), st.sampled_from("0123")), max_size=12
)

MANY: Final = 9999


@pytest.fixture
def trees(user: GitRepo) -> Iterator[OpenTrees]:
    objects = OpenObjects(user.path / ".git")
    yield OpenTrees(objects)
    objects.close()


def _tree(user: GitRepo, entries: dict[str, tuple[str, str]]) -> str:
    """Makes a tree: path -> mode and content. What lies below a path that is a file as well is left out."""
    lines = []
    for path, (mode, content) in entries.items():
        if entries.keys().isdisjoint(map(str, PurePosixPath(path).parents)):
            lines.append(f"{mode} {ord(content):040x}\t{path}".encode())  # objects that need not be there
    index = {"GIT_INDEX_FILE": os.fspath(user.path / ".git/made")}
    (user.path / ".git/made").unlink(missing_ok=True)
    command = ("git", "update-index", "-z", "--add", "--index-info")
    env = {**os.environ, **index}
    subprocess.run(command, cwd=user.path, env=env, input=b"".join(line + b"\0" for line in lines), check=True)
    return user.git("write-tree", "--missing-ok", env=index)


def _as_git_says(user: GitRepo, before: str, after: str) -> list[bytes]:
    said = user.git("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--ignore-submodules=none", before, after)
    return sorted(os.fsencode(said).split(b"\0")[:-1])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ENTRIES, after=ENTRIES)
def test_what_differs_is_what_git_says(
    user: GitRepo, trees: OpenTrees, before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]
):
    first, second = _tree(user, before), _tree(user, {**before, **after})
    third = _tree(user, after)

    for pair in ((first, second), (second, third), (third, first), (first, first)):
        assert sorted(trees.differing(*pair, MANY)) == _as_git_says(user, *pair)


def test_a_submodule_differs_as_a_file_does(user: GitRepo, trees: OpenTrees):
    before = _tree(user, {"deep/a": ("100644", "x"), "deep/b": ("100644", "x")})
    after = _tree(user, {"deep/a": ("160000", "x"), "deep/b": ("100644", "x")})

    assert trees.differing(before, after, MANY) == [b"deep/a"] == _as_git_says(user, before, after)


def test_a_tree_is_read_once_and_only_where_it_differs(
    user: GitRepo, trees: OpenTrees, monkeypatch: pytest.MonkeyPatch
):
    same = {f"same/{number}": ("100644", str(number)) for number in range(9)}
    before, after = (_tree(user, {**same, "other/a": ("100644", content)}) for content in "xy")
    read = list[str]()
    from_disk = trees.objects.read

    def watched(kind: str, names: list[str]) -> list[bytes]:
        read.extend(names)
        return from_disk(kind, names)

    monkeypatch.setattr(trees.objects, "read", watched)

    for _ in range(2):
        assert trees.differing(before, after, MANY) == [b"other/a"]
    assert sorted(read) == sorted([before, after, *(user.git("rev-parse", f"{one}:other") for one in (before, after))])


@pytest.mark.parametrize("leaf", ["", "100644 blob {:040x}\tfile\n"], ids=["empty", "files"])
def test_a_few_trees_that_name_billions_are_left_to_git(user: GitRepo, trees: OpenTrees, leaf: str):
    def made(lines: str) -> str:
        command = ("git", "mktree", "--missing")
        said = subprocess.run(command, cwd=user.path, input=lines, text=True, check=True, capture_output=True)
        return said.stdout.strip()

    bomb = made(leaf.format(1))
    for _ in range(12):
        bomb = made("".join(f"040000 tree {bomb}\t{number}\n" for number in range(10)))

    with pytest.raises(Unclear):
        trees.differing(made(""), bomb, MANY)


def test_what_was_read_last_is_kept_within_bounds(user: GitRepo, trees: OpenTrees):
    one = _tree(user, {"a": ("100644", "x")})

    for number in range(12):
        tree = _tree(user, {f"{number}/{each}": ("100644", "x") for each in range(2000)})
        assert len(trees.differing(one, tree, MANY)) == 2001

    assert 0 < sum(len(tree.files) + len(tree.folders) for tree in trees._kept.values()) <= 20_000


def test_a_very_large_tree_is_left_to_git(user: GitRepo, trees: OpenTrees):
    tree = _tree(user, {f"{number:05}": ("100644", "x") for number in range(4000)})

    with pytest.raises(Unclear):
        trees.read(tree)


@pytest.mark.parametrize(
    "content",
    [
        b"100644 b\0" + bytes(20) + b"100644 a\0" + bytes(20),
        b"100644 a\0" + bytes(20) + b"100644 a\0" + bytes(20),
        b"100644 a\0" + bytes(20) + b"40000 a\0" + bytes(20),
        b"100664 a\0" + bytes(20),
        b"100644 a/b\0" + bytes(20),
        b"100644 a\0" + bytes(19),
        b"100644 a",
        b"100644",
    ],
    ids=["order", "twice", "file and folder", "old mode", "path", "cut off", "no object", "no name"],
)
def test_what_git_does_not_write_is_for_git_to_judge(user: GitRepo, trees: OpenTrees, content: bytes):
    command = ("git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin")
    said = subprocess.run(command, cwd=user.path, input=content, check=True, capture_output=True)

    with pytest.raises(Unclear):
        trees.read(said.stdout.decode().strip())


def test_a_commit_has_its_tree_and_its_parents(user: GitRepo, trees: OpenTrees):
    first = user.head
    second = user.commit("b", "x")
    merge = user.git("commit-tree", "-p", second, "-p", first, "-m", "parent of nothing\n\nparent x", "HEAD^{tree}")

    assert trees.of_commit(merge) == (user.git("rev-parse", "HEAD^{tree}"), (second, first))
    assert trees.of_commit(second)[1] == (first,)
    with pytest.raises(Unclear):
        trees.of_commit(user.git("rev-parse", "HEAD^{tree}"))
