"""What `merge-tree` says of two sides that clash: read, and put under the names that the sides themselves know.

Where a file and a folder, or two sorts of file, meet under one name, git puts one of them aside as `name~commit`. Here
such a place belongs to the clash of `name`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct, field

from prodigy_tui.ids import Oid

BASE: Final = 1
OURS: Final = 2
THEIRS: Final = 3

_LOCATION: Final = "CONFLICT (directory rename suggested)"


class Version(Struct, frozen=True, kw_only=True):
    """A file as one side has it."""

    mode: str
    """As git writes it: `100644`, `100755`, `120000` for a link, `160000` for a submodule."""
    blob: str

    @property
    def is_text_like(self) -> bool:
        return self.mode.startswith("100")


class Clash(Struct, frozen=True, kw_only=True):
    """A path on which two sides do not agree."""

    path: str
    places: tuple[str, ...]
    """Where git leaves something of it: the path itself, or beside it."""
    versions: Mapping[int, Version] = field(default_factory=dict)
    """By stage: `BASE`, `OURS` (what is merged onto), `THEIRS`. Git may have joined renamed files in them already."""
    moved_from: str | None = None
    """A file that one side added in a folder that the other has renamed: where the side that added it has it."""

    @property
    def is_aside(self) -> bool:
        """Whether git could not leave all of it at the path itself."""
        return self.places != (self.path,)


class _Message(Struct, frozen=True, kw_only=True):
    paths: tuple[str, ...]
    kind: str
    text: str


def parse_answer(fields: list[str], onto: Oid, head: Oid) -> tuple[str, tuple[Clash, ...], str]:
    """Reads an answer of `merge-tree -z` that tells of a conflict.

    It is: the tree; for every place and stage `mode blob stage<TAB>path`; an empty field; the messages.

    Returns:
        The tree, the clashes by path, and what git says about them.
    """
    end = fields.index("", 1)
    found: dict[str, dict[str, dict[int, Version]]] = {}
    for line in fields[1:end]:
        meta, _, place = line.partition("\t")
        mode, blob, stage = meta.split(" ")
        path = _without_mark(place, onto, head)
        found.setdefault(path, {}).setdefault(place, {})[int(stage)] = Version(mode=mode, blob=blob)
    conflicts = [message for message in _messages(fields[end + 1 :]) if message.kind.startswith("CONFLICT")]
    moved = {one.paths[0]: one.paths[1] for one in conflicts if one.kind == _LOCATION and len(one.paths) > 1}
    for message in conflicts:
        named = [_without_mark(path, onto, head) for path in message.paths]
        if found.keys().isdisjoint(named):  # what is wrong is not the content of any file
            for path in named:
                found.setdefault(path, {})
    clashes = tuple(
        Clash(
            path=path,
            places=tuple(sorted(places)),
            versions={stage: version for versions in places.values() for stage, version in versions.items()},
            moved_from=moved.get(path),
        )
        for path, places in sorted(found.items())
    )
    texts = (
        message.text.strip().replace(onto, "the target").replace(head, "the incoming side") for message in conflicts
    )
    return fields[0], clashes, "\n".join(texts)


def _messages(fields: list[str]) -> Iterator[_Message]:
    """Reads messages: the number of paths, these, the kind, the text."""
    rest = iter(fields)
    for count in rest:
        paths = tuple(next(rest) for _ in range(int(count)))
        yield _Message(paths=paths, kind=next(rest), text=next(rest))


def _without_mark(place: str, onto: Oid, head: Oid) -> str:
    """Returns the path that a place belongs to."""
    return re.sub(rf"~(?:{onto}|{head})(?:_\d+)?\Z", "", place)
