"""Trees made of what lies in a worktree, without touching its index."""

import os
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from prodigy_tui.git.index_copy import put_into_index
from prodigy_tui.git.inspect import changed_paths, head, uncommitted_files
from prodigy_tui.git.run import run_git
from prodigy_tui.ids import Oid


def changed_in_worktree(path: Path, base: Oid) -> list[str]:
    """Returns the files of a worktree that differ from those of a commit, whether or not that is committed."""
    return sorted({*changed_paths(path, base, head(path)), *uncommitted_files(path)})


def tree_with(path: Path, base: Oid | None, files: Collection[str]) -> str:
    """Returns the tree of a commit with `files` as they are in the worktree; without `base` that of the index."""
    index = Path(run_git("rev-parse", "--path-format=absolute", "--git-path", "index", cwd=path).text)
    with tempfile.TemporaryDirectory(prefix="prodigy-tui-") as folder:
        copy = Path(folder, "index")
        env = {"GIT_INDEX_FILE": os.fspath(copy)}
        if base is None:
            shutil.copy2(index, copy)
        else:
            run_git("read-tree", base, cwd=path, env=env)
        put_into_index(path, files, env)
        return run_git("write-tree", cwd=path, env=env).text
