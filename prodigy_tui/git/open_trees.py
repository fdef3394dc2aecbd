"""What trees of a repository list, and what differs between two of them, without starting a process for it.

Only what differs is read: a folder that is the same in both is one name there. And each tree is read once for all
worktrees of a run, to which the same merges come one after the other.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from prodigy_tui.git.index_file import Unclear
from prodigy_tui.git.open_objects import OpenObjects

_FOLDER: Final = b"40000"
_FILES: Final = frozenset({b"100644", b"100755", b"120000", b"160000"})
"""Plain, to be run, link, submodule. There are old trees with others, which git takes for one of these."""
_MOST_BYTES: Final = 1 << 17
"""Of one tree: about three thousand names. To read more would hold up other threads, and git is as fast."""
_KEPT_ENTRIES: Final = 20_000
"""Of the trees that were read last."""


class Entry(NamedTuple):
    """What a tree says of a file."""

    mode: bytes
    """As it is written there."""
    blob: str


class Tree(NamedTuple):
    """What lies in one folder."""

    files: Mapping[bytes, Entry]
    folders: Mapping[bytes, str]
    """The tree of each."""


EMPTY: Final = Tree({}, {})


class OpenTrees:
    """Trees of one repository. Safe to use from several threads."""

    def __init__(self, objects: OpenObjects) -> None:
        """Reads nothing yet."""
        self.objects = objects
        self._kept: dict[str, Tree] = {}
        """By name. Threads may get in each other's way here: then one is read again."""
        self._room = _KEPT_ENTRIES

    def of_commit(self, commit: str) -> tuple[str, tuple[str, ...]]:
        """Returns the tree of a commit, and its parents.

        Raises:
            Unclear: It cannot be read like this.
        """
        [content] = self.objects.read("commit", [commit])
        first, *lines = content.partition(b"\n\n")[0].split(b"\n")
        kind, _, tree = first.partition(b" ")
        if kind != b"tree":
            raise Unclear
        parents = [line.removeprefix(b"parent ").decode() for line in lines if line.startswith(b"parent ")]
        return tree.decode(), tuple(parents)

    def read(self, tree: str) -> Tree:
        """Returns what a tree lists.

        Raises:
            Unclear: It is not one as git writes it, each name once and in git's order, or too large, or cannot be read
                like this.
        """
        known = self._kept.get(tree)
        if known is None:
            [content] = self.objects.read("tree", [tree])
            if len(content) > _MOST_BYTES:
                raise Unclear
            known = _parsed(content, len(tree) // 2)
            entries = len(known.files) + len(known.folders)
            if self._room < entries:
                self._kept, self._room = {}, _KEPT_ENTRIES
            self._kept[tree] = known
            self._room -= entries
        return known

    def differing(self, before: str, after: str, most: int) -> list[bytes]:
        """Returns the paths of all files that differ between two trees, in no order, as `diff-tree -r` names them.

        Args:
            before: The name of a tree.
            after: Of the other.
            most: How many files and folders may differ. Trees can be made of which a few name billions.

        Raises:
            Unclear: It is more, or one of the trees cannot be read like this.
        """
        found, waiting, folders = list[bytes](), [(b"", before, after)], 0
        while waiting:
            path, old, new = waiting.pop()
            was, now = (self.read(tree) if tree else EMPTY for tree in (old, new))  # no name: there is no such folder
            found += [path + name for name in changed_files(was, now)]
            below = {name for name, _ in was.folders.items() ^ now.folders.items()}
            waiting += [(path + name + b"/", was.folders.get(name, ""), now.folders.get(name, "")) for name in below]
            folders += len(below)
            if len(found) + folders > most:
                raise Unclear
        return found


def changed_files(was: Tree, now: Tree) -> set[bytes]:
    """Returns the names of files in a folder that are others than before, new or gone."""
    return {name for name, _ in was.files.items() ^ now.files.items()}


def _parsed(content: bytes, width: int) -> Tree:
    files, folders = dict[bytes, Entry](), dict[bytes, str]()
    at, last = 0, b""
    while at < len(content):
        space = content.find(b" ", at)
        end = content.find(b"\0", space)
        begin, at = at, end + 1 + width
        if space < 0 or end < 0 or at > len(content):
            raise Unclear
        mode, name, oid = content[begin:space], content[space + 1 : end], content[end + 1 : at].hex()
        order = name + b"/" if mode == _FOLDER else name
        if order <= last or b"/" in name:
            raise Unclear
        last = order
        if mode == _FOLDER:
            folders[name] = oid
        elif mode in _FILES:
            files[name] = Entry(mode, oid)
        else:
            raise Unclear
    if not files.keys().isdisjoint(folders):
        raise Unclear
    return Tree(files, folders)
