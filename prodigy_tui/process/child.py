"""What to start and how it ended, and the reasons why it could not be started."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.errors import ExitCode, ProdigyError

Stream: TypeAlias = Literal["stdout", "stderr"]
Reason: TypeAlias = Literal["exit", "signal", "timeout", "idle", "cancelled"]


class CannotStart(ProdigyError):
    """The operating system refused to start a program."""

    exit_code = ExitCode.ENVIRONMENT


class ProgramMissing(CannotStart):
    """There is no such program on the PATH that the child would have had."""

    def __init__(self, program: str) -> None:
        super().__init__(f"cannot find the program '{program}'", hint="install it or put it on PATH")
        self.program = program

    def __reduce__(self) -> tuple[type["ProgramMissing"], tuple[str]]:
        return type(self), (self.program,)


class FolderMissing(CannotStart):
    """The folder that the child should run in is not there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"the working directory '{folder}' does not exist", hint="create it first")
        self.folder = folder

    def __reduce__(self) -> tuple[type["FolderMissing"], tuple[Path]]:
        return type(self), (self.folder,)


class Child(Struct, frozen=True, kw_only=True):
    """What to start and when to end it."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    """The whole environment; nothing is inherited besides."""
    stdin: bytes = b""
    """Empty means `/dev/null`."""
    timeout_s: float | None = None
    idle_timeout_s: float | None = None
    """Seconds without a byte of output."""
    interrupt_first: bool = False
    """SIGINT and 5 seconds come before SIGTERM, as agents want it."""
    grace_s: float = 10.0
    """Seconds between SIGTERM and SIGKILL."""
    marker: str | None = None
    """Put into the environment as `PRODIGY_AGENT_ID`; what still carries it after the end is swept."""


class Ended(Struct, frozen=True, kw_only=True):
    """How a child ended."""

    exit_code: int
    """The program's own; 128 + n for signal n; 124 for `timeout` and `idle`."""
    reason: Reason
    """`cancelled`: a `StopRequest` asked for it. A cancelled task gets no `Ended`, but its `CancelledError`."""
    duration_s: float
    strays: int
    """Processes that outlived the program and were ended."""
