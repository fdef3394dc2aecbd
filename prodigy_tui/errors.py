"""The base of every error that a user must act on, and the exit codes of the program.

Subclasses live beside the code that raises them. What happens *as part of the work* (a step that fails, a conflict) is
never an exception: it is an outcome value inside an event.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the program."""

    OK = 0
    FAILED = 1
    USAGE = 2
    WAITING = 3
    LIMIT = 4
    QUOTA = 5
    HELD = 6
    ENVIRONMENT = 7
    BUG = 70
    HANGUP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class ProdigyError(Exception):
    """Something that only the user can put right.

    `message` is one line in lower case that names the thing and the value; `hint` says what to do next.
    """

    exit_code: ExitCode = ExitCode.USAGE

    def __init__(self, message: str, *, hint: str = "", exit_code: ExitCode | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message
