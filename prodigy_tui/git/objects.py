"""What is really there of the commits that somebody counts on: a loss of power, or collected garbage, may cost some.

Nothing here writes, and nothing raises because something is missing.
"""

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import GitAnswer, run_git
from prodigy_tui.ids import Oid


def has_commit(repo: Repository, commit: str) -> bool:
    """Tells whether a commit can be read; what it is made of is not looked at."""
    return bool(commit) and _git(repo, "cat-file", "-e", f"{commit}^{{commit}}").code == 0


def broken_commits(repo: Repository, commits: Collection[str], base: str, half: str = "") -> frozenset[Oid]:
    """Returns those of `commits` of which something is missing or empty: themselves, a commit before, a tree, a file.

    One look at all of them where everything is well.

    Args:
        repo: Where.
        commits: What is counted on.
        base: What it contains is taken to be there.
        half: A commit about half the way from there to them. What it contains and the rest are looked at at once: of
            five thousand merges that takes 0.7 s on two cores instead of 0.9.
    """
    wanted = sorted({Oid(commit) for commit in commits if commit})
    if not wanted or _are_all_whole(repo, wanted, base, half):
        return frozenset()
    return frozenset(commit for commit in wanted if not _are_whole(repo, [commit], base))


def _are_all_whole(repo: Repository, commits: Iterable[Oid], base: str, half: str) -> bool:
    if not half:
        return _are_whole(repo, commits, base)
    with ThreadPoolExecutor(1, thread_name_prefix="objects") as other:
        before = other.submit(_are_whole, repo, [Oid(half)], base)
        return _are_whole(repo, commits, half) and before.result()


def _are_whole(repo: Repository, commits: Iterable[Oid], base: str) -> bool:
    orders = "".join(f"{order}\n" for order in (*commits, f"^{base}"))
    # rev-list reads commits and trees; of a file it only sees that it has a name. So files alone are looked at once
    # more: they are a seventh of all objects where each commit changes one file in a folder of its own.
    listing = ("--objects", "--no-object-names", "--filter=object:type=blob", "--stdin")
    listed = _git(repo, "rev-list", *listing, stdin=orders)
    if listed.code != 0:
        return False
    if not listed.out:
        return True
    looked = run_git(
        f"--git-dir={repo.common_dir}",
        "cat-file",
        "--batch-check=%(objecttype)",
        cwd=repo.common_dir,
        stdin=listed.out,
        ok=None,
    )
    return looked.code == 0 and b"missing" not in looked.out


def _git(repo: Repository, *arguments: str, stdin: str = "") -> GitAnswer:
    return run_git(f"--git-dir={repo.common_dir}", *arguments, cwd=repo.common_dir, stdin=stdin.encode(), ok=None)
