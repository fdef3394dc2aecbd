"""What is wrong with a workflow's text: one `Problem` per mistake, where it stands and what to do about it.

Codes are those of the language's appendix A and never change their meaning. The text form is that of language 2.4.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec
from msgspec.structs import asdict, replace

from prodigy_tui.errors import ExitCode, ProdigyError

Severity: TypeAlias = Literal["error", "warning"]

MAX_SHOWN = 200
"""Problems that are printed before the rest is only counted (language 19)."""

NOT_AVAILABLE = "PT199"
_WARNINGS = frozenset(
    {"PT117", "PT210", "PT302", "PT303", "PT305", "PT310", "PT311", "PT312", "PT404", "PT504", "PT602"}
    | {"PT901", "PT902", "PT903", "PT904"}
)
_LONGEST_QUOTE = 60


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake. `line` and `column` count from 1; `path` is empty for the file as a whole."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f" at {self.path}" if self.path else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.severity} {self.code}{place}: {self.message}{hint}"

    def as_json(self) -> dict[str, str | int]:
        """Returns the JSON form of language 2.4."""
        return asdict(self)


class WorkflowRejected(ProdigyError):
    """A workflow has errors, so nothing was started."""

    exit_code = ExitCode.USAGE

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = sum(problem.severity == "error" for problem in problems)
        noun = "error" if errors == 1 else "errors"
        file = self.problems[0].file if self.problems else "the workflow"
        super().__init__(f"{file} has {errors} {noun}", hint="nothing was started")

    def __reduce__(self) -> tuple[type["WorkflowRejected"], tuple[tuple[Problem, ...]]]:
        return WorkflowRejected, (self.problems,)


class Position(Protocol):
    """Anything that stands somewhere in a file: a node, a key."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def path(self) -> str: ...


class Report:
    """Collects the problems of one load, with all its files, while they are read, checked and built."""

    def __init__(self, file: str) -> None:
        self.file = file
        """The file that was asked for, as it is shown; problems stand in it unless they say otherwise."""
        self._files: dict[str, None] = {file: None}
        self._problems: dict[tuple[str, str, int, int, str], Problem] = {}

    def enter(self, file: str) -> None:
        """Notes that `file` is loaded now: problems are sorted by the order in which files were loaded."""
        self._files.setdefault(file)

    def add(self, code: str, where: Position, message: str, hint: str = "", severity: Severity | None = None) -> None:
        """Notes one problem at `where`.

        A node that an alias repeats is one place in the file, so the same words at the same place count once.
        """
        self.add_at(code, (where.line, where.column), where.path, message, hint, severity, file=where.file)

    def add_at(
        self,
        code: str,
        place: tuple[int, int],
        path: str,
        message: str,
        hint: str = "",
        severity: Severity | None = None,
        *,
        file: str | None = None,
    ) -> None:
        """Notes one problem at a bare line and column of `file`, or of the file that was asked for."""
        line, column = place
        shown = self.file if file is None else file
        problem = Problem(
            code=code,
            severity=severity or ("warning" if code in _WARNINGS else "error"),
            file=shown,
            line=line,
            column=column,
            path=path,
            message=message,
            hint=hint,
        )
        self.take([problem])

    def take(self, problems: Iterable[Problem]) -> None:
        """Notes problems that somebody else found."""
        for problem in problems:
            key = (problem.code, problem.file, problem.line, problem.column, problem.message)
            self._problems.setdefault(key, problem)

    def problems(self) -> tuple[Problem, ...]:
        """Returns everything noted so far, in the order of language 2.4."""
        return sort_problems(self._problems.values(), tuple(self._files))


def sort_problems(problems: Iterable[Problem], files: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Returns `problems` by file, line, column and code; `files` is the order in which files were loaded."""
    order = {file: number for number, file in enumerate(files)}
    return tuple(sorted(problems, key=lambda p: (order.get(p.file, len(order)), p.line, p.column, p.code)))


def has_errors(problems: Iterable[Problem], *, strict: bool = False) -> bool:
    """Tells whether `problems` prevent a start; with `strict` warnings do too."""
    return any(strict or problem.severity == "error" for problem in problems)


def as_validated(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Returns `problems` as `validate` shows them: what this version cannot do yet is a warning (language 18)."""
    return tuple(replace(p, severity="warning") if p.code == NOT_AVAILABLE else p for p in problems)


def to_lines(problems: Sequence[Problem], limit: int = MAX_SHOWN) -> list[str]:
    """Returns the text form of the first `limit` problems, and a count of the rest."""
    lines = [str(problem) for problem in problems[:limit]]
    if len(problems) > limit:
        lines.append(f"… and {len(problems) - limit} more problems")
    return lines


def quoted(text: str) -> str:
    """Returns `text` in single quotes for a message: one line, shortened, without control characters."""
    short = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in short)
    return f"'{safe}'"
