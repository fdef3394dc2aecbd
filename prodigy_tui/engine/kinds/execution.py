"""What one execution of a step's command needs and gives, whatever its kind."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from prodigy_tui.events.values import Failure

OUTPUT_LIMIT = 8 * 1024 * 1024
"""Bytes of one stream that are kept per step; the rest is only in its log (language 19)."""

TAIL_LINES = 20
TAIL_CHARACTERS = 2000


class Execution(Struct, frozen=True, kw_only=True):
    """How a command ended, before captures and checks are looked at."""

    exit_code: int
    failure: Failure | None = None
    stdout: str = ""
    stderr: str = ""
    output: str = ""
    """Both streams in the order of their arrival; of an agent its final text."""
    duration_s: float = 0.0
    session_id: str | None = None
    usd: float | None = None
    tokens: int | None = None
    needs_commit: bool = False
    """An agent that said nothing: only a commit makes it a success."""
    cut: bool = False
    """Whether it said more than is kept."""
    evidence: str = ""
    """Of a step that holds steps: where the failed one told its reason (language 6.5)."""
    tolerated: Failure | None = None
    """What failed and does not count, because its author says so: the step is `tolerated`."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """What a called workflow hands back, by name."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What only its kind says: `results` of a loop, `answer` and `note` of a question."""

    @property
    def ok(self) -> bool:
        return self.failure is None


class Place(Struct, frozen=True, kw_only=True):
    """Where and under which limits a command runs."""

    cwd: Path
    env: Mapping[str, str]
    marker: str
    timeout_s: float | None
    idle_timeout_s: float | None
    grace_s: float = 10.0
    """Between SIGTERM and SIGKILL."""
    attempt: int
    log: Callable[[str | memoryview], None]
    """Takes text, or its UTF-8, for the log of the context."""
    log_error: Callable[[str | memoryview], None] | None = None
    """The same of standard error, where the log tells them apart."""


class Output(Struct):
    """Collects what a child says, by stream and in order of arrival, up to the limit."""

    streams: dict[str, list[str]] = field(default_factory=lambda: {"stdout": [], "stderr": [], "both": []})
    sizes: dict[str, int] = field(default_factory=lambda: {"stdout": 0, "stderr": 0, "both": 0})
    cut: bool = False
    stdout_limit: int = OUTPUT_LIMIT

    def add(self, stream: Literal["stdout", "stderr"], text: str) -> None:
        for name in (stream, "both"):
            room = (self.stdout_limit if name == "stdout" else OUTPUT_LIMIT) - self.sizes[name]
            self.cut = self.cut or len(text) > room
            if room <= 0:
                continue
            self.streams[name].append(text[:room])
            self.sizes[name] += len(text)

    def text(self, stream: Literal["stdout", "stderr", "both"]) -> str:
        # Most commands say all they say on one of them: then there is one text, not a second one of megabytes.
        for name, other in (("stdout", "stderr"), ("stderr", "stdout")) if stream == "both" else ():
            if not self.sizes[other] and self.sizes[name] == self.sizes["both"]:
                return self._joined(name)
        return self._joined(stream)

    def _joined(self, stream: str) -> str:
        pieces = self.streams[stream]
        pieces[:] = ["".join(pieces)]
        return pieces[0]


def last_line(*texts: str) -> str:
    """Returns the last line that is not blank of the first text that has one."""
    for text in texts:
        for line in reversed(text[-TAIL_CHARACTERS * 2 :].splitlines()):
            if line.strip():
                return line.strip()[:500]
    return ""


def tail(text: str) -> str:
    """Returns the end of a text, bounded, for events and the dead letter queue."""
    return "\n".join(text[-TAIL_CHARACTERS:].splitlines()[-TAIL_LINES:])
