"""A log as a file: where to, and what of it."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

from prodigy_tui.tui.model.log_query import shown
from prodigy_tui.tui.model.log_source import LogSource, moment_of

_AT_ONCE: Final = 500
"""Lines that are read at once."""


def target_of(text: str) -> Path:
    """Returns the file that a person named; `~` is their home."""
    path = Path(text)
    try:
        return path.expanduser().absolute()
    except RuntimeError:  # there is no such home
        return path.absolute()


def save_shown(path: Path, source: LogSource, numbers: Sequence[int]) -> None:
    """Writes some lines with their times to a new file, made harmless as on the screen.

    Raises:
        OSError: it cannot be written, or is there.
    """
    with path.open("x", encoding="utf-8") as file:
        for first, last in _runs(numbers):
            texts, times = source.texts(first, last), source.times(first, last)
            for number, text, time in zip_longest(range(first, last), texts, times):
                name = source.name(number)
                at = f"{moment_of(time).isoformat(timespec='seconds')}  " if time else ""
                file.write(f"{at}{name + '  ' if name else ''}{shown(text or '')}\n")


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yields the first of lines that follow each other, and the number behind the last one."""
    at = 0
    while at < len(numbers):
        first = last = numbers[at]
        while at < len(numbers) and numbers[at] == last and last - first < _AT_ONCE:
            at, last = at + 1, last + 1
        yield first, last
