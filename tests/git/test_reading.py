"""Changes read for people: lists, counts, single files, and both sides of a clash, whatever the files are called."""

import os
from pathlib import Path

from prodigy_tui.git.reading import (
    both_sides,
    clashes,
    commit_count,
    entries,
    file_patch,
    line_counts,
    subjects,
)
from prodigy_tui.ids import Oid
from tests.support.gitrepo import GitRepo

HOSTILE = [
    "--output=pwned",
    ":(exclude)x",
    "*",
    "a\nb",
    'q"uo\\te',
    "\x1b[2J",
    "-- x",
    "tab\there",
]


def change(user: GitRepo, files: dict[str, str | None]) -> tuple[Oid, Oid]:
    """Commits other contents and returns the commits before and after."""
    before = user.head
    for name, content in files.items():
        if content is None:
            (user.path / name).unlink()
        else:
            user.write(name, content)
    user.git("add", "--all")
    user.git("commit", "-qm", "change\n\nmore")
    return Oid(before), Oid(user.head)


def test_every_file_is_listed_counted_and_read_alone(user: GitRepo) -> None:
    change(user, {"old": "x\n", "kept": "1\n2\n"})
    base, tip = change(user, {"old": None, "kept": "1\n3\n", "new": "a\nb\n", "bin": "\0\n"})

    assert [(one.path, one.status) for one in entries(user.path, base, tip)] == [
        ("bin", "A"), ("kept", "M"), ("new", "A"), ("old", "D"),
    ]  # fmt: skip
    assert line_counts(user.path, base, tip) == {"bin": None, "kept": (1, 1), "new": (2, 0), "old": (0, 1)}
    patch = file_patch(user.path, base, tip, "kept", limit=10_000)
    assert patch.text.endswith("@@ -1,2 +1,2 @@\n 1\n-2\n+3\n")
    assert not patch.cut


def test_hostile_names_are_names(user: GitRepo) -> None:
    base, tip = change(user, dict.fromkeys(HOSTILE, "content\n"))

    assert sorted(one.path for one in entries(user.path, base, tip)) == sorted(HOSTILE)
    for name in HOSTILE:
        assert file_patch(user.path, base, tip, name, limit=10_000).text.count("+content") == 1, name
    assert not (user.path / "pwned").exists()
    assert set(line_counts(user.path, base, tip)) == set(HOSTILE)


def test_a_name_that_is_not_utf8_goes_back_to_git_as_it_came(user: GitRepo) -> None:
    name = os.fsdecode(b"caf\xe9")
    base, tip = change(user, {name: "x\n"})

    (entry,) = entries(user.path, base, tip)
    assert entry.path == name
    assert "+x" in file_patch(user.path, base, tip, entry.path, limit=1_000).text


def test_a_huge_file_is_read_no_further_than_the_limit(user: GitRepo) -> None:
    base, tip = change(user, {"huge": "x" * 200 + "\n" + "line\n" * 50_000})
    patch = file_patch(user.path, base, tip, "huge", limit=5_000)

    assert patch.cut
    assert len(patch.text) == 5_000


def test_whitespace_can_be_ignored(user: GitRepo) -> None:
    change(user, {"x": "a b\n"})
    base, tip = change(user, {"x": "a  b\n"})

    assert "+a  b" in file_patch(user.path, base, tip, "x", limit=1_000).text
    assert "+a  b" not in file_patch(user.path, base, tip, "x", ignore_whitespace=True, limit=1_000).text
    assert line_counts(user.path, base, tip, ignore_whitespace=True).get("x", (0, 0)) == (0, 0)


def test_no_program_that_the_repository_names_is_run(user: GitRepo, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    user.git("config", "diff.external", f"touch {mark}; true")
    user.git("config", "diff.evil.textconv", f"touch {mark}; cat")
    change(user, {".gitattributes": "* diff=evil\n", "x": "a\n"})
    base, tip = change(user, {"x": "b\n"})

    assert "+b" in file_patch(user.path, base, tip, "x", limit=1_000).text
    line_counts(user.path, base, tip)
    assert not mark.exists()


def test_commits_are_told_in_one_line_each(user: GitRepo) -> None:
    base = Oid(user.head)
    change(user, {"a": "1\n"})
    _, tip = change(user, {"a": "2\n"})

    assert [one.subject for one in subjects(user.path, base, tip, 10)] == ["change", "change"]
    assert len(subjects(user.path, base, tip, 1)) == 1
    assert commit_count(user.path, base, tip) == 2


def branch_off(user: GitRepo, ours: dict[str, str | None], theirs: dict[str, str | None]) -> tuple[Oid, Oid]:
    """Commits one change on `main` and another on a branch from before it; returns both."""
    start = user.head
    _, one = change(user, ours)
    user.git("checkout", "-qb", "theirs", start)
    _, other = change(user, theirs)
    return one, other


def test_both_sides_of_a_clash_stand_side_by_side_with_what_was_there(user: GitRepo) -> None:
    change(user, {"x": "<<<<<<< no mark\nold\nend\n"})
    onto, head = branch_off(user, {"x": "<<<<<<< no mark\nours\nend\n"}, {"x": "<<<<<<< no mark\ntheirs\nend\n"})
    before = user.status()

    found = clashes(user.path, onto, head)
    assert ([clash.path for clash in found.files], found.is_clean) == (["x"], False)
    sides = both_sides(user.path, found.files[0], limit=10_000)
    assert sides is not None
    text, marker = sides
    assert text.split("\n")[:4] == ["<<<<<<< no mark", f"{'<' * marker} ours", "ours", f"{'|' * marker} base"]
    assert user.status() == before
    assert both_sides(user.path, found.files[0], limit=3) is None, "too large"


def test_what_one_side_has_deleted_and_what_is_binary_has_no_two_sides(user: GitRepo) -> None:
    change(user, {"gone": "x\n", "bin": "\0a"})
    onto, head = branch_off(user, {"gone": None, "bin": "\0b"}, {"gone": "y\n", "bin": "\0c"})

    found = clashes(user.path, onto, head)
    assert [clash.path for clash in found.files] == ["bin", "gone"]
    assert [both_sides(user.path, clash, limit=1_000) for clash in found.files] == [None, None]


def test_what_merges_cleanly_clashes_nowhere(user: GitRepo) -> None:
    onto, head = branch_off(user, {"a": "1\n"}, {"b": "1\n"})

    assert clashes(user.path, onto, head).is_clean
