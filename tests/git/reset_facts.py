"""What the tests of resets without a process share: what a worktree is like afterwards, and which way it took."""

import os
import stat
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid
from prodigy_tui.started import COMMANDS
from tests.git.worktree_facts import settled
from tests.support.gitrepo import GitRepo

Files = Mapping[str, tuple[bytes, bool]]
"""Path -> content, and whether it can be run."""


def commit_of(user: GitRepo, files: Files, ref: str = "refs/made/by-hand") -> Oid:
    """Makes a commit of exactly these files, on no branch."""
    lines = [b"commit %s\ncommitter T <t@x> 1700000000 +0000\ndata 1\nx\ndeleteall\n" % ref.encode()]
    for path, (content, can_be_run) in files.items():
        mode = b"100755" if can_be_run else b"100644"
        quoted = b'"' + os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
        lines.append(b"M %s inline %s\ndata %d\n%s\n" % (mode, quoted, len(content), content))
    command = ("git", "fast-import", "--quiet", "--force")
    subprocess.run(command, cwd=user.path, input=b"".join(lines) + b"\n", check=True)
    return user.oid(ref)


def checkouts_of_reset(user: GitRepo, trees: Worktrees, slot: GitRepo, branch: str, base: Oid) -> list[str]:
    """Resets a worktree that is used again, and returns the commands that changed what is in it: none without git."""
    settled(user, slot)
    before = COMMANDS.begin((), user.path).number
    assert trees.reset(slot.path, branch, base)
    started = [one.argv for one in COMMANDS.all() if one.number > before]
    return [word for argv in started for word in argv if word in ("checkout", "clean")]


def picture(slot: GitRepo) -> dict[str, object]:
    """Returns everything that git and the file system tell of a worktree."""
    files = {}
    for path in sorted(slot.path.rglob("*")):
        facts = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(facts.st_mode) else None
        files[os.fsencode(path.relative_to(slot.path))] = (stat.filemode(facts.st_mode), content)
    del files[b".git"]
    quiet = {"GIT_OPTIONAL_LOCKS": "0"}
    return {
        "files": files,
        "index": slot.git("ls-files", "--stage", "-z"),
        "tree": slot.git("write-tree"),
        "untouched": slot.git("diff-files", "--name-only", env=quiet),
        "status": slot.git("status", "--porcelain", "--ignored", env=quiet),
        "head": slot.head,
    }


def logs(slot: GitRepo, branch: str) -> list[list[str]]:
    """Returns the last line of the log of HEAD, and all of that of the branch."""
    common = Path(slot.git("rev-parse", "--path-format=absolute", "--git-common-dir"))
    own = Path(slot.git("rev-parse", "--absolute-git-dir"))
    head, made = own / "logs/HEAD", common / "logs/refs/heads" / branch
    return [head.read_text().splitlines()[-1:], made.read_text().splitlines()]


def stat_in_index(slot: GitRepo) -> str:
    """Returns what git shows of the times and numbers in an index."""
    return slot.git("ls-files", "--debug")


def long_ago(user: GitRepo) -> None:
    """Makes settings and attributes as old as they are in a run: what was changed just now is not relied upon."""
    for name in ("config", "info/attributes", "mine", "refs/replace"):
        with suppress(FileNotFoundError):
            os.utime(user.path / ".git" / name, (1, 1))
