from pathlib import Path

import pytest

from prodigy_tui.git.contents import open_contents
from tests.support.gitrepo import GitRepo


def test_files_of_commits_are_told_apart_by_content(tmp_path: Path) -> None:
    repo = GitRepo.begun(tmp_path / "repo")
    repo.commit("same.txt", "x\n")
    first = repo.commit("changed é.txt", "1\n")
    repo.commit("changed é.txt", "2\n")
    second = repo.commit("new.txt", "n\n")

    with open_contents(repo.path) as contents:
        assert contents.blob(first, "same.txt") == contents.blob(second, "same.txt")
        assert contents.blob(first, "changed é.txt") != contents.blob(second, "changed é.txt")
        assert contents.blob(first, "new.txt") is None
        for commit, path in (("0" * 40, "same.txt"), ("--all", "same.txt"), (first, "two\nlines")):
            with pytest.raises(LookupError):
                contents.blob(commit, path)
        assert contents.blob(second, "new.txt") is not None
