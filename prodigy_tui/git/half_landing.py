"""A landing that git itself was killed in: some files of the checkout are new, the branch is not. They go back.

Git writes files first, then the index, and moves the branch last. When the whole machine dies, or everything of the
program at once, what it had written stands there like changes of the user's.
"""

from pathlib import Path

from prodigy_tui.git.index_copy import throwaway_index
from prodigy_tui.git.inspect import changed_paths, uncommitted_files
from prodigy_tui.git.landing import checkout_of
from prodigy_tui.git.refs import look_up
from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import run_git, shown
from prodigy_tui.git.sync import give_up
from prodigy_tui.ids import Oid


def take_back(repo: Repository, target: str, onto: Oid, commit: Oid) -> tuple[str, ...]:
    """Puts files back as they are on the target if each is either so or as in `commit`; returns which.

    Nothing is touched when the target does not stand at `onto`, when one of the files was changed by somebody else, or
    when the index is locked: then the next landing names what is in the way.

    Raises:
        GitFailed: The checkout or one of the commits cannot be read.
    """
    if look_up(repo, target).at != onto:
        return ()
    checkout = checkout_of(repo, target)
    if checkout is None:
        return ()
    own = Repository.open(checkout)
    if own.unfinished_operation() is not None or (own.git_dir / "index.lock").exists():
        return ()
    written = sorted(set(uncommitted_files(checkout)) & set(changed_paths(checkout, onto, commit)))
    if not written or not _are_of(checkout, written, commit):
        return ()
    give_up(checkout, written)
    return tuple(map(shown, written))


def _are_of(checkout: Path, paths: list[str], commit: Oid) -> bool:
    """Tells whether files of the checkout are all as in HEAD or as in `commit`."""
    with throwaway_index(checkout, paths) as env:
        differ = [
            set(
                run_git(
                    "diff-index", "--cached", "--name-only", "--no-renames", "-z", one, cwd=checkout, env=env
                ).fields
            )
            for one in ("HEAD", commit)
        ]
    return not set(paths) & differ[0] & differ[1]
