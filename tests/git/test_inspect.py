"""What a worktree tells about the work done in it."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from prodigy_tui.git.inspect import (
    Changes,
    changes,
    commit_infos,
    commits_between,
    diff_text,
    head,
    head_and,
    leftover_patch,
    listed_files,
    remains,
    work_between,
)
from prodigy_tui.git.messages import TRAILER_RUN, with_trailers
from prodigy_tui.git.run import GitFailed
from tests.support.gitrepo import EMAIL, NAME, GitRepo


def facts(result: Changes) -> list[tuple[str, str, int, int]]:
    return [(file.path, file.status, file.insertions, file.deletions) for file in result.files]


def objects(repo: GitRepo) -> set[Path]:
    return {path for path in (repo.path / ".git/objects").rglob("*") if path.is_file()}


def apply_elsewhere(repo: GitRepo, patch: bytes, to: Path) -> GitRepo:
    """Returns a clone of HEAD with the patch applied."""
    repo.git("clone", "--quiet", "--no-local", ".", str(to))
    clone = GitRepo(to)
    file = to.parent / "x.patch"
    file.write_bytes(patch)
    clone.git("apply", "--binary", str(file))
    return clone


def test_head_is_the_commit_that_is_checked_out(user: GitRepo):
    assert head(user.path) == user.head

    user.git("checkout", "--quiet", "--detach")
    assert head(user.path) == user.head


def test_head_of_a_worktree_whose_git_link_is_gone_is_an_error_not_that_of_the_folder_around(user: GitRepo):
    inner = user.path / "inner"
    user.git("worktree", "add", "--quiet", "-b", "side", str(inner))
    (inner / ".git").unlink()

    with pytest.raises(GitFailed, match="not a git repository"):
        head(inner)


def test_commits_come_oldest_first(user: GitRepo):
    base = user.head
    made = [user.commit("b.txt", str(n)) for n in range(3)]

    assert commits_between(user.path, base, user.head) == tuple(made)
    assert commits_between(user.path, base, base) == ()


def test_commit_infos_tell_author_message_files_and_trailers(user: GitRepo):
    base = user.head
    user.write("x ü\n.txt", "x")
    user.write("b.txt", "x")
    user.git("add", ".")
    first = user.commit_staged(with_trailers("Add two\n\n/looks like a record\n\nBody ü.", {TRAILER_RUN: "r"}))
    second = user.commit_staged("/Nothing")
    third = user.commit("c.txt", "x", "/" + "1" * 40)

    one, two, three = commit_infos(user.path, base, user.head)

    assert (one.commit, two.commit, three.commit) == (first, second, third)
    assert one.message == "Add two\n\n/looks like a record\n\nBody ü.\n\nProdigy-Run: r"
    assert one.trailers == {TRAILER_RUN: "r"}
    assert one.files == ("b.txt", "x ü\n.txt")
    assert (one.author_name, one.author_email) == (NAME, EMAIL)
    assert one.at == datetime.fromtimestamp(1_700_000_002, UTC)
    assert (two.message, two.files, three.files) == ("/Nothing", (), ("c.txt",))
    assert commit_infos(user.path, base, base) == ()


def test_a_merge_commit_lists_the_files_it_brought(user: GitRepo):
    user.branch("side")
    user.commit("b.txt", "b")
    user.checkout("main")
    base = user.head
    user.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side")

    assert [info.files for info in commit_infos(user.path, base, user.head)] == [("b.txt",), ("b.txt",)]


def test_changes_between_commits(user: GitRepo):
    user.commit("gone.txt", "1\n2\n")
    base = user.head
    user.commit("a.txt", "one\n2\nthree\nfour\n")
    user.commit("gone.txt", None)
    user.commit("new ü.txt", "1\n")
    user.commit("bin", b"\0\1\2")

    result = changes(user.path, base, user.head)

    assert facts(result) == [
        ("a.txt", "modified", 2, 1),
        ("bin", "added", 0, 0),
        ("gone.txt", "deleted", 0, 2),
        ("new ü.txt", "added", 1, 0),
    ]
    assert (result.insertions, result.deletions) == (3, 3)
    assert result.paths("added") == ("bin", "new ü.txt")
    assert result.paths() == ("a.txt", "bin", "gone.txt", "new ü.txt")


def test_a_rename_is_a_deletion_and_an_addition_whatever_the_user_configured(user: GitRepo):
    user.git("config", "diff.renames", "copies")
    user.git("config", "color.ui", "always")
    user.git("config", "diff.noprefix", "true")
    base = user.head
    user.git("mv", "a.txt", "b.txt")
    user.commit_staged("rename")

    assert facts(changes(user.path, base, user.head)) == [("a.txt", "deleted", 0, 3), ("b.txt", "added", 3, 0)]
    assert "--- a/a.txt" in diff_text(user.path, base, user.head)


def test_changes_up_to_now_count_committed_staged_modified_and_untracked(user: GitRepo):
    user.commit(".gitignore", "*.log\n")
    base = user.head
    user.commit("committed.txt", "1\n")
    user.write("staged.txt", "1\n")
    user.git("add", "staged.txt")
    user.write("a.txt", "one\n")
    user.write("deep/untracked ü.txt", "1\n2\n")
    user.write("noise.log", "x")
    user.write("left/out.txt", "x")

    result = changes(user.path, base, exclude=("left",))

    assert facts(result) == [
        ("a.txt", "modified", 0, 2),
        ("committed.txt", "added", 1, 0),
        ("deep/untracked ü.txt", "added", 2, 0),
        ("staged.txt", "added", 1, 0),
    ]


def test_changes_up_to_now_of_a_clean_worktree_are_those_of_its_commits(user: GitRepo):
    base = user.head
    user.commit("b.txt", "1\n")

    assert changes(user.path, base) == changes(user.path, base, user.head)


def test_a_change_that_was_undone_does_not_count(user: GitRepo):
    base = user.head
    user.commit("a.txt", "other")
    user.write("a.txt", "one\ntwo\nthree\n")

    assert changes(user.path, base) == Changes(files=())


def test_looking_leaves_nothing_behind(user: GitRepo, monkeypatch, tmp_path: Path):
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    base = user.head
    user.write("a.txt", "changed")
    user.write("new.txt", "new")
    before, index = objects(user), (user.path / ".git/index").read_bytes()

    changes(user.path, base)
    leftover_patch(user.path)

    assert objects(user) == before
    assert (user.path / ".git/index").read_bytes() == index
    assert user.status() == [" M a.txt", "?? new.txt"]
    assert list(folder.iterdir()) == []


def test_clean_worktree_has_no_leftovers(user: GitRepo):
    assert leftover_patch(user.path) == b""


def test_leftovers_of_every_kind_come_back_by_git_apply(user: GitRepo, tmp_path: Path):
    user.commit("gone.txt", "x\n")
    user.commit("folder/f.txt", "x\n")
    user.commit("plain", "x\n")
    user.commit("mode.sh", "x\n")
    user.write("a.txt", "no newline at the end")
    user.write("bin ü", bytes(range(256)))
    user.write("empty", "")
    (user.path / "gone.txt").unlink()
    (user.path / "link").symlink_to("/etc/passwd")
    (user.path / "mode.sh").chmod(0o755)
    (user.path / "folder/f.txt").unlink()
    (user.path / "folder").rmdir()
    user.write("folder", "now a file\n")
    (user.path / "plain").unlink()
    user.write("plain/inside.txt", "now a folder\n")

    clone = apply_elsewhere(user, leftover_patch(user.path), tmp_path / "clone")

    assert clone.status() == user.status()
    assert clone.read("a.txt") == "no newline at the end"
    assert (clone.path / "bin ü").read_bytes() == bytes(range(256))
    assert (clone.path / "link").readlink() == Path("/etc/passwd")
    assert clone.read("plain/inside.txt") == "now a folder\n"
    assert os.access(clone.path / "mode.sh", os.X_OK)


def test_a_folder_replaced_by_a_link_is_a_deletion_and_a_link(user: GitRepo, tmp_path: Path):
    user.commit("folder/f.txt", "x\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "f.txt").write_text("secret of another place\n")
    (user.path / "folder/f.txt").unlink()
    (user.path / "folder").rmdir()
    (user.path / "folder").symlink_to(outside)

    patch = leftover_patch(user.path)

    assert b"secret" not in patch
    clone = apply_elsewhere(user, patch, tmp_path / "clone")
    assert (clone.path / "folder").readlink() == outside


def test_staged_and_then_deleted_is_nothing(user: GitRepo):
    user.write("b.txt", "x")
    user.git("add", "b.txt")
    (user.path / "b.txt").unlink()

    assert leftover_patch(user.path) == b""


def test_leftovers_without_excluded_and_ignored_files(user: GitRepo):
    user.commit(".gitignore", "*.log\n")
    user.write("noise.log", "x")
    user.write("made/by/rule.txt", "x")
    user.write("input.txt", "x")
    user.write("made.txt", "kept")

    patch = leftover_patch(user.path, exclude=("made", "input.txt"))

    assert [line for line in patch.splitlines() if line.startswith(b"diff")] == [b"diff --git a/made.txt b/made.txt"]
    assert leftover_patch(user.path, exclude=("made/", "input.txt", "made.txt")) == b""


def test_leftovers_limited_to_some_files(user: GitRepo):
    user.write("a.txt", "changed")
    user.write("b.txt", "new")

    assert b"b.txt" not in leftover_patch(user.path, only=["a.txt"])


def test_leftovers_of_a_conflicted_and_locked_index(user: GitRepo):
    user.branch("side")
    user.commit("a.txt", "theirs\n")
    user.checkout("main")
    user.commit("a.txt", "ours\n")
    user.git("merge", "side", ok=(1,))
    (user.path / ".git/index.lock").touch()

    assert b"+<<<<<<< HEAD" in leftover_patch(user.path)


def test_nested_repository_is_left_out(user: GitRepo):
    GitRepo.init(user.path / "nested").commit("x.txt", "x")
    GitRepo.init(user.path / "empty nested")
    user.write("b.txt", "x")

    patch = leftover_patch(user.path)

    assert b"nested" not in patch
    assert b"b.txt" in patch


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file_is_left_out(user: GitRepo):
    user.write("secret", "x").chmod(0)
    user.write("b.txt", "x")

    assert b"secret" not in leftover_patch(user.path)


def test_submodule_counts_when_its_commit_changed(user: GitRepo, tmp_path: Path):
    library = GitRepo.init(tmp_path / "library")
    library.commit("lib.txt", "x")
    user.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "sub")
    user.commit_staged("add submodule")
    base = user.head
    (user.path / "sub/dirt.txt").write_text("x")
    assert leftover_patch(user.path) == b""

    GitRepo(user.path / "sub").commit("more.txt", "x")

    assert changes(user.path, base).paths() == ("sub",)
    assert b"Subproject commit" in leftover_patch(user.path)


def test_line_endings_that_git_converts_are_no_change(user: GitRepo):
    user.git("config", "core.autocrlf", "true")
    user.git("config", "core.safecrlf", "true")
    user.write("a.txt", "one\r\ntwo\r\nthree\r\n")
    user.write("b.txt", "mixed\r\nends\n")

    assert facts(changes(user.path, user.head)) == [("b.txt", "added", 2, 0)]
    assert b"a.txt" not in leftover_patch(user.path)


def test_a_path_that_is_not_utf8_is_shown_with_replacement_marks(user: GitRepo):
    base = user.head
    Path(os.fsdecode(os.fsencode(user.path) + b"/caf\xe9")).write_text("x\n")

    assert facts(changes(user.path, base)) == [("caf\N{REPLACEMENT CHARACTER}", "added", 1, 0)]
    assert b"caf\\351" in leftover_patch(user.path)


def test_diff_text_of_all_and_of_one_file(user: GitRepo):
    base = user.head
    user.commit("a.txt", "one\n2\nthree\n")
    user.commit(":(top)*.txt", "x\n")

    assert "+2\n" in diff_text(user.path, base, user.head)
    assert "+2\n" not in diff_text(user.path, base, user.head, ":(top)*.txt")
    assert "+x\n" in diff_text(user.path, base, user.head, ":(top)*.txt")


def test_a_huge_diff_is_cut_and_says_so(user: GitRepo, monkeypatch):
    monkeypatch.setattr("prodigy_tui.git.inspect._DIFF_LIMIT", 100)
    base = user.head
    user.commit("big.txt", "line\n" * 1000)

    assert diff_text(user.path, base, user.head).endswith(" more bytes\n")


def test_no_program_of_the_user_runs_while_looking(user: GitRepo):
    base = user.commit(".gitattributes", "*.txt diff=txt\n")
    tip = user.commit("a.txt", "y")
    user.write("a.txt", "x\n")
    user.git("config", "diff.external", "touch ran; false")
    user.git("config", "core.fsmonitor", "touch ran; false")
    user.git("config", "diff.txt.textconv", "touch ran; cat")

    changes(user.path, base)
    leftover_patch(user.path)
    diff_text(user.path, base, tip)

    assert not (user.path / "ran").exists()


def test_listed_files_are_those_there_and_not_ignored(user: GitRepo):
    user.commit(".gitignore", "*.log\n")
    user.commit("gone.txt", "x")
    (user.path / "gone.txt").unlink()
    user.write("noise.log", "x")
    user.write("new ü/x.txt", "x")

    assert listed_files(user.path) == [".gitignore", "a.txt", "new ü/x.txt"]


def test_work_is_what_the_commits_have_changed_in_the_end(user: GitRepo):
    base = user.head
    assert work_between(user.path, base, base).commits == 0
    user.write("\nü.txt", "x")
    first = user.commit("\nz.txt", "x")
    user.commit("c.txt", "x")
    user.git("rm", "--quiet", "c.txt")
    last = user.commit_staged("gone again")

    for tip, commits in ((first, 1), (last, 3)):
        work = work_between(user.path, base, tip)
        assert (work.commits, work.files) == (commits, changes(user.path, base, tip).paths())
    empty = user.commit_staged("nothing")
    assert (work_between(user.path, last, empty).commits, work_between(user.path, last, empty).files) == (1, ())


def test_what_remains_in_a_worktree_is_seen_with_where_it_stands(user: GitRepo):
    user.write("b.txt", "b")
    user.write("made.txt", "m")
    user.git("update-ref", "refs/prodigy/x", "HEAD")

    left = remains(user.path, exclude=("made.txt",))

    assert (left.head, left.files) == (user.head, ("b.txt",))
    assert left.patch == leftover_patch(user.path, exclude=("made.txt",)) != b""
    assert head_and(user.path, "refs/prodigy/x") == (user.head, user.head)
    assert head_and(user.path, "refs/prodigy/y") == (user.head, None)
