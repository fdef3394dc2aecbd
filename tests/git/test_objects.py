"""What is missing of the commits that somebody counts on, whichever way it is looked for."""

from pathlib import Path

import pytest

from prodigy_tui.git.objects import broken_commits
from prodigy_tui.git.repo import Repository
from tests.support.gitrepo import GitRepo


@pytest.fixture
def user(tmp_path: Path) -> GitRepo:
    """Seven commits in a row, each with a file in a folder of its own."""
    repo = GitRepo.init(tmp_path / "repo")
    for number in range(7):
        repo.commit(f"folder-{number}/file", f"{number}\n")
    return repo


def objects_of(user: GitRepo, base: str, tip: str) -> dict[str, str]:
    """Returns what `tip` has and `base` has not, each with the first commit that has it."""
    found: dict[str, str] = {}
    before = base
    for commit in user.git("rev-list", "--reverse", f"{base}..{tip}").split():
        lines = user.git("rev-list", "--objects", commit, f"^{before}").splitlines()
        found |= {line.split()[0]: commit for line in lines if line.split()[0] not in found}
        before = commit
    return found


@pytest.mark.parametrize("half", ["", "HEAD~3", "HEAD~1", "HEAD~5"])
def test_each_object_that_is_missing_is_missed_and_no_other(user: GitRepo, half: str):
    repo, base, tip = Repository.open(user.path), user.oid("HEAD~6"), user.head
    middle = user.oid("HEAD~3")
    at = user.oid(half) if half else ""
    in_order = user.git("rev-list", "--reverse", f"{base}..{tip}").split()
    objects = objects_of(user, base, tip)
    assert len(objects) == 4 * 6, "a commit, two trees and a file each"

    assert broken_commits(repo, {tip, middle, ""}, base, at) == frozenset()
    for name, commit in objects.items():
        file = user.path / ".git/objects" / name[:2] / name[2:]
        away = file.rename(user.path / "away")
        wanted = {tip} if in_order.index(commit) > in_order.index(middle) else {tip, middle}

        assert broken_commits(repo, {tip, middle}, base, at) == wanted, (name, commit)

        away.rename(file)


def test_a_half_that_is_gone_or_none_of_theirs_is_no_reason_to_miss_anything(user: GitRepo):
    repo, base, tip = Repository.open(user.path), user.oid("HEAD~6"), user.head
    user.git("checkout", "--quiet", "--detach", base)
    aside = user.commit("aside", "x")

    assert broken_commits(repo, {tip}, base, aside) == frozenset()
    assert broken_commits(repo, {tip}, base, "1" * len(tip)) == frozenset()
