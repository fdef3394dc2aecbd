"""Joining the lines of two versions of a text where they clash (language 16.5, `union`)."""

import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from prodigy_tui.git.run import run_git

_LONGEST_RUN = re.compile(rb"^(?:<+|=+|>+|\|+)", re.MULTILINE)


def union(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Returns the merge of two texts; where they clash the lines of both, ours first, none twice in one clash.

    None: they are no texts.
    """
    texts = {"ours": ours, "base": base, "theirs": theirs}
    # No line of the texts can be taken for a mark.
    runs = (len(found[0]) for text in texts.values() for found in _LONGEST_RUN.finditer(text))
    size = max(7, *runs, 0) + 1
    with tempfile.TemporaryDirectory(prefix="prodigy-") as folder:
        for name, text in texts.items():
            Path(folder, name).write_bytes(text)
        options = ("-p", "--quiet", f"--marker-size={size}")
        answer = run_git("merge-file", *options, *texts, cwd=Path(folder), ok=None, discover=True)
    if answer.code > _MOST_CLASHES:
        return None
    return b"".join(_joined(io.BytesIO(answer.out), size))


_MOST_CLASHES = 127
"""The greatest number of clashes that `merge-file` tells; above are errors."""


def _joined(lines: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yields the lines of a merge with marks of `size` characters; of what stands between marks each line once."""
    marks = {letter * size: name for letter, name in ((b"<", "ours"), (b"|", "base"), (b"=", "theirs"), (b">", ""))}
    side, seen = "", dict[bytes, None]()
    for line in lines:
        mark = marks.get(line[:size])
        if mark is not None:
            side = mark
            if not side:
                yield from seen
                seen.clear()
        elif not side:
            yield line
        elif side != "base":  # which stands there where the user's git shows it
            seen.setdefault(line)
