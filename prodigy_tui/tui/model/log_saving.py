"""A log as a file: where to, and what of it."""

from collections.abc import Sequence
from pathlib import Path

from prodigy_tui.tui.model.log_query import shown
from prodigy_tui.tui.model.log_source import LogSource, moment_of


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
        for number in numbers:
            texts, times = source.texts(number, number + 1), source.times(number, number + 1)
            name = source.name(number)
            at = f"{moment_of(times[0]).isoformat(timespec='seconds')}  " if times and times[0] else ""
            file.write(f"{at}{name + '  ' if name else ''}{shown(texts[0]) if texts else ''}\n")
