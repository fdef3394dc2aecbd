"""What tests of landing look at: what would land, the way back, and all that landing may not touch."""

import shlex
import subprocess

from prodigy_tui.git.candidates import Candidate, candidate
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import Oid
from tests.support.gitrepo import GitRepo


def made(repo: Repository, run_head: Oid, target: str = "main") -> Candidate:
    result = candidate(repo, run_head, target, "Merge r")
    assert isinstance(result, Candidate)
    return result


def run_undo(undo: str) -> None:
    subprocess.run(shlex.split(undo), check=True, capture_output=True)


def snapshot(user: GitRepo) -> tuple[str, str, list[str], dict[str, bytes]]:
    files = {
        str(path): path.read_bytes() for path in user.path.rglob("*") if path.is_file() and ".git" not in path.parts
    }
    return user.git("for-each-ref"), user.git("symbolic-ref", "HEAD"), user.status(), files
