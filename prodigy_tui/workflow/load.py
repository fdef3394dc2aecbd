"""A workflow's text -> the workflow, or every problem of it at once.

This is the one loader: `validate` and `run` call it alike. It runs nothing and opens no file but the one it is given,
through the caller's `read`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from prodigy_tui.workflow.build.context import Notes, Surroundings
from prodigy_tui.workflow.build.document import build_document
from prodigy_tui.workflow.checks import check
from prodigy_tui.workflow.model import Workflow
from prodigy_tui.workflow.problems import Problem, Report, WorkflowRejected, has_errors
from prodigy_tui.workflow.raw import line_and_column
from prodigy_tui.workflow.source import read_source, suffix_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading brought: a workflow if there is no error, and the problems in order."""

    workflow: Workflow | None
    problems: tuple[Problem, ...]
    text: str = ""
    """The file as it was read, without a byte order mark."""

    def require(self, *, strict: bool = False) -> Workflow:
        """Returns the workflow.

        Raises:
            WorkflowRejected: it has errors, or with `strict` warnings.
        """
        if self.workflow is None or has_errors(self.problems, strict=strict):
            raise WorkflowRejected(self.problems)
        return self.workflow


def load_workflow(path: Path, read: Callable[[Path], bytes], surroundings: Surroundings | None = None) -> Loaded:
    """Loads the file `path`.

    Args:
        path: Shown in problems as it is given; its suffix decides between JSON and YAML, its stem is the default name.
        read: Returns the bytes of a file, or raises OSError (PT100).
        surroundings: What the caller knows about providers and the repository.
    """
    report = Report(str(path))
    try:
        data = read(path)
    except OSError as error:
        report.add_at("PT100", (1, 1), "", f"the file cannot be read: {error.strerror or type(error).__name__}")
        return Loaded(workflow=None, problems=report.problems())
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        report.add_at("PT100", line_and_column(before, len(before)), "", "the text is not UTF-8")
        return Loaded(workflow=None, problems=report.problems())
    return load_text(text, str(path), path.suffix, surroundings)


def load_text(text: str, name: str, suffix: str | None = None, surroundings: Surroundings | None = None) -> Loaded:
    """Loads `text` as if it were the file `name`; `suffix` is that of `name` unless given."""
    text = text.removeprefix("\ufeff")
    report = Report(name)
    notes = Notes(report=report, surroundings=surroundings or Surroundings())
    top = read_source(text, suffix_of(name) if suffix is None else suffix.lower(), report)
    workflow = None if top is None else build_document(top, name, notes)
    check(notes)
    problems = report.problems()
    return Loaded(workflow=None if has_errors(problems) else workflow, problems=problems, text=text)
