"""Logs for tests: lists of lines, and output files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from prodigy_tui.storage import OutputWriter
from prodigy_tui.tui.model.log_source import microseconds_of

START = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)

AGENT = """\
> Rotate the tokens.

  $HOME stays as it is.
agent a-model, session 12-34
mind  look at the store
tool  Read src/tokens.py
ok    88 lines
said  The store goes
      into a file of its own,

      and that is tested.
tool  Bash pytest
fail  exit code 1
used  10 tokens in, 3 out, $0.01
$ pytest -q
said  what a test says is no agent's word
FAILED tests/test_tokens.py::test_rotation
1 failed
fail  exit code 1
"""


class Lines:
    """A log in memory: whole lines, one a second, and maybe one without an end."""

    def __init__(self, *texts: str, first: int = 0, block: int = 3) -> None:
        self.all = list(texts)
        self.first = first
        self.open = ""
        self.more = False
        self.missing = False
        self._block = block

    @property
    def whole(self) -> int:
        return len(self.all)

    @property
    def count(self) -> int:
        return len(self.all) + bool(self.open)

    def refresh(self, at: datetime | None) -> bool:
        return False

    def block(self, first: int) -> int:
        return min(self.count, first + self._block)

    def texts(self, first: int, last: int) -> list[str]:
        return [*self.all, *([self.open] if self.open else [])][first:last]

    def raw(self, first: int, last: int) -> bytes | None:
        return None

    def times(self, first: int, last: int) -> list[int]:
        return [microseconds_of(START + timedelta(seconds=number)) for number in range(first, min(last, self.count))]

    def errors(self, first: int, last: int) -> set[int]:
        return {number for number in range(first, last) if number % 2}

    def line_at(self, moment: datetime) -> int:
        return max(0, min(self.count - 1, int((moment - START).total_seconds())))

    def name(self, number: int) -> str:
        return ""

    def save(self, path: Path) -> None:
        path.write_text("\n".join(self.all))


def write_log(path: Path, text: str, *, every_s: float = 1.0, start: datetime = START) -> None:
    """Writes the lines of a text, one after another in time."""
    with OutputWriter(path) as writer:
        for number, line in enumerate(text.splitlines()):
            writer.write(f"{line}\n", start + timedelta(seconds=number * every_s))
