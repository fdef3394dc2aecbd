"""Commits that the program makes itself: exactly the files that were asked for, never over something half done."""

import os
from pathlib import Path

import pytest

from prodigy_tui.git.commits import Author, HalfDone, commit_files, squash_commits
from prodigy_tui.git.run import GitFailed
from tests.support.gitrepo import GitRepo

HOSTILE = ["-n", "--all", "new\nline.txt", "with space ", "ü.txt", ":(top)x", "*.txt", "a\tb", '"quoted"', "$(id)"]


def committed(repo: GitRepo, commit: str = "HEAD") -> set[str]:
    """The files that a commit changes."""
    return set(repo.git("diff-tree", "-r", "-z", "--name-only", "--no-commit-id", commit).split("\0")) - {""}


def test_everything_uncommitted_is_committed_and_nothing_is_left(user: GitRepo) -> None:
    user.commit(".gitignore", "*.log\n")
    user.write("a.txt", "changed\n")
    user.write("new/b.txt", "b\n")
    user.write("x.log", "ignored\n")
    user.git("rm", "-q", "--cached", ".gitignore")

    made = commit_files(user.path, "say so\n\nat length")

    assert made == user.head
    assert committed(user) == {"a.txt", "new/b.txt"}
    assert user.git("log", "-1", "--format=%B").strip() == "say so\n\nat length"
    assert user.status() == []


def test_a_change_right_after_the_checkout_that_keeps_the_size_is_one(user: GitRepo) -> None:
    user.git("config", "core.trustctime", "false")  # a test can only set the other one
    file, then = user.path / "a.txt", (1_700_000_000, 1_700_000_000)
    user.commit("a.txt", "one\n")
    os.utime(file, then)
    user.git("update-index", "--refresh")
    file.write_text("two\n")
    os.utime(file, then)
    os.utime(user.path / ".git" / "index", then)

    commit_files(user.path, "x")

    assert user.git("show", "HEAD:a.txt") == "two"


def test_nothing_to_commit_is_no_commit(user: GitRepo) -> None:
    before = user.head
    assert commit_files(user.path, "x") is None
    assert user.head == before


def test_a_deletion_a_link_a_mode_and_a_folder_in_the_place_of_a_file(user: GitRepo) -> None:
    user.commit("gone.txt", "x")
    user.commit("folder", "a file")
    user.commit("tool.sh", "echo\n")
    (user.path / "gone.txt").unlink()
    (user.path / "folder").unlink()
    user.write("folder/inner.txt", "y")
    (user.path / "tool.sh").chmod(0o755)
    (user.path / "link").symlink_to("/etc/passwd")

    commit_files(user.path, "x")

    assert user.status() == []
    listed = user.git("ls-tree", "-r", "HEAD")
    assert "gone.txt" not in listed
    assert "120000" in listed
    assert "100755" in listed
    assert user.files()["folder/inner.txt"] == "y"
    assert user.files()["link"] == "/etc/passwd"


def test_hostile_names_are_names(user: GitRepo) -> None:
    for name in HOSTILE:
        user.write(name, "x")
    raw = os.fsencode(user.path) + b"/\xff\xfe.txt"
    Path(os.fsdecode(raw)).write_bytes(b"x")

    commit_files(user.path, "-m --amend")

    assert user.status() == []
    assert committed(user) == {*HOSTILE, os.fsdecode(b"\xff\xfe.txt")}


def test_only_wanted_files_whatever_was_staged(user: GitRepo) -> None:
    user.write("a.txt", "changed\n")
    user.write("b.txt", "b\n")
    user.git("add", "--all")

    made = commit_files(user.path, "x", wanted=lambda path: path == "b.txt")

    assert made is not None
    assert committed(user) == {"b.txt"}
    assert user.status() == ["M  a.txt"]


def test_excluded_files_and_folders_stay(user: GitRepo) -> None:
    for name in ("made.txt", "vendor/x/y.txt", "own.txt"):
        user.write(name, "x")

    commit_files(user.path, "x", exclude={"made.txt", "vendor"})

    assert committed(user) == {"own.txt"}


def test_what_was_staged_and_taken_back_is_no_change(user: GitRepo) -> None:
    user.write("a.txt", "changed\n")
    user.git("add", "a.txt")
    user.write("a.txt", "one\ntwo\nthree\n")

    assert commit_files(user.path, "x") is None
    assert user.status() == []


def test_a_nested_repository_is_left_alone(user: GitRepo) -> None:
    GitRepo.init(user.path / "nested").commit("x", "x")
    user.write("b.txt", "b")

    commit_files(user.path, "x")

    assert committed(user) == {"b.txt"}
    assert user.status() == ["?? nested/"]


def test_the_author_is_named_and_the_committer_is_not(user: GitRepo) -> None:
    user.write("b.txt", "b")
    commit_files(user.path, "x", author=Author(name="A B", email="a@b.c"))
    assert user.git("log", "-1", "--format=%an <%ae> %cn") == "A B <a@b.c> Test Person"


@pytest.mark.parametrize("text", ["", "A", "<a@b>", "A <>", "A <a b>", "A <a@b> c", "A\nB <a@b>", "A <a@b> <c@d>"])
def test_what_is_no_author(text: str) -> None:
    assert Author.parse(text) is None


def test_hooks_do_not_run(user: GitRepo) -> None:
    for name in ("pre-commit", "commit-msg", "post-commit", "prepare-commit-msg"):
        hook = user.write(f".git/hooks/{name}", f"#!/bin/sh\ntouch ../{name}-ran\nexit 1\n")
        hook.chmod(0o755)
    user.write("b.txt", "b")
    assert commit_files(user.path, "x") is not None
    assert list(user.path.parent.glob("*-ran")) == []


def test_a_signature_without_a_key_is_a_failure(user: GitRepo) -> None:
    user.git("config", "gpg.program", "false")
    user.write("b.txt", "b")
    before = user.head

    with pytest.raises(GitFailed):
        commit_files(user.path, "x", sign=True)

    assert user.head == before
    assert user.status() == ["?? b.txt"]


def test_a_signature(user: GitRepo, tmp_path: Path) -> None:
    signer = tmp_path / "signer"
    signer.write_text("#!/bin/sh\ncat > /dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho SIGNATURE\n")
    signer.chmod(0o755)
    user.git("config", "gpg.program", str(signer))
    user.write("b.txt", "b")

    commit_files(user.path, "x", sign=True)

    assert "SIGNATURE" in user.git("cat-file", "commit", "HEAD")


def _merge(repo: GitRepo) -> None:
    repo.branch("side")
    repo.commit("a.txt", "side\n")
    repo.checkout("main")
    repo.commit("a.txt", "main\n")
    repo.git("merge", "side", ok=(1,))


def _rebase(repo: GitRepo) -> None:
    repo.branch("side")
    repo.commit("a.txt", "side\n")
    repo.checkout("main")
    repo.commit("a.txt", "main\n")
    repo.git("rebase", "main", "side", ok=(1,))


def _lock(repo: GitRepo) -> None:
    repo.write(".git/index.lock", "")


def _stash(repo: GitRepo) -> None:
    repo.write("a.txt", "stashed\n")
    repo.git("stash")
    repo.commit("a.txt", "main\n")
    repo.git("stash", "pop", ok=(1,))


@pytest.mark.parametrize(
    ("deed", "said"),
    [(_merge, "unfinished merge"), (_rebase, "unfinished rebase"), (_lock, "index is locked"), (_stash, "conflicts")],
)
def test_what_is_half_done_is_refused_and_left_alone(user: GitRepo, deed, said) -> None:
    deed(user)
    user.write("b.txt", "b")
    before, status = user.head, user.status()

    with pytest.raises(HalfDone, match=said):
        commit_files(user.path, "x")

    assert user.head == before
    assert user.status() == status


def _commits(repo: GitRepo, base: str) -> list[str]:
    return repo.git("log", "--reverse", "--format=%s", f"{base}..HEAD").splitlines()


def test_commits_of_a_step_become_one(user: GitRepo) -> None:
    base = user.head
    steps = {}
    for name in ("A1", "A2", "A3", "x", "B1", "B2"):
        made = user.commit(f"{name}.txt", name, name)
        if name != "x":
            steps[made] = name[0]
    tree = user.oid("HEAD^{tree}")

    made = squash_commits(user.path, base, steps)

    assert _commits(user, base) == ["A1", "x", "B1"]
    assert made[-1] == user.head
    assert user.oid("HEAD^{tree}") == tree
    assert user.status() == []
    assert committed(user, "HEAD~2") == {"A1.txt", "A2.txt", "A3.txt"}


def test_commits_with_others_in_between_stay_apart(user: GitRepo) -> None:
    base = user.head
    steps = {}
    for name in ("A1", "x", "A2"):
        made = user.commit(f"{name}.txt", name, name)
        if name != "x":
            steps[made] = "A"
    before = user.head

    assert squash_commits(user.path, base, steps) == ()
    assert user.head == before


def test_what_is_before_a_merge_stays(user: GitRepo) -> None:
    base = user.head
    steps = {user.commit("1", "1", "A1"): "A", user.commit("2", "2", "A2"): "A"}
    user.branch("side")
    user.commit("3", "3", "side")
    user.checkout("main")
    user.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    before = user.head

    assert squash_commits(user.path, base, steps) == ()
    assert user.head == before


def test_commits_that_are_gone_are_no_trouble(user: GitRepo) -> None:
    base = user.head
    steps = {user.commit("1", "1", "A1"): "A", user.commit("2", "2", "A2"): "A"}
    user.git("reset", "-q", "--hard", base)

    assert squash_commits(user.path, base, steps) == ()
    assert user.head == base


def test_a_squashed_commit_keeps_author_and_date_and_loses_a_signature_that_does_not_fit(
    user: GitRepo, tmp_path: Path
) -> None:
    signer = tmp_path / "signer"
    signer.write_text(
        "#!/bin/sh\ncat > /dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\nprintf 'SIGNATURE\\nOF\\nMANY LINES\\n'\n"
    )
    signer.chmod(0o755)
    user.git("config", "gpg.program", str(signer))
    base = user.head
    steps = {}
    for name in ("A1", "A2"):
        user.write(name, name)
        steps[commit_files(user.path, name, author=Author(name="A B", email="a@b.c"), sign=True)] = "A"

    squash_commits(user.path, base, steps)

    said = user.git("cat-file", "commit", "HEAD")
    assert "SIGNATURE" not in said
    assert "MANY LINES" not in said
    assert "author A B <a@b.c>" in said
    user.git("fsck", "--strict")


def test_signed_commits_are_signed_again(user: GitRepo, tmp_path: Path) -> None:
    signer = tmp_path / "signer"
    signer.write_text("#!/bin/sh\ncat > /dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho SIGNATURE\n")
    signer.chmod(0o755)
    user.git("config", "gpg.program", str(signer))
    base = user.head
    steps = {}
    for name in ("A1", "A2"):
        user.write(name, name)
        steps[commit_files(user.path, name, author=Author(name="A B", email="a@b.c"), sign=True)] = "A"

    squash_commits(user.path, base, steps, signed={"A"})

    said = user.git("cat-file", "commit", "HEAD")
    assert "SIGNATURE" in said
    assert "author A B <a@b.c>" in said
    assert _commits(user, base) == ["A1"]
