"""What becomes of a step's work: captures, outputs, commits, the files that it may change (language 7.2, 11, 13.9)."""

from typing import Any, Literal, TypeAlias

from prodigy_tui.workflow.model.base import Model

CaptureFormat: TypeAlias = Literal["string", "json", "lines", "number", "boolean"]
Stream: TypeAlias = Literal["stdout", "stderr"]


class Capture(Model, frozen=True, kw_only=True):
    """What becomes of a step's output."""

    name: str | None = None
    """The name it gets; `None`: only `last.*` and `<kind>.*`."""
    format: CaptureFormat = "string"
    streams: tuple[Stream, ...] | None = None
    """The streams that form the text, several in order of arrival. `None`, not given: stdout, and after a failed shell
    step both."""
    has_default: bool = False
    default: Any = None


class OutputSpec(Model, frozen=True, kw_only=True):
    """One entry of `outputs`."""

    name: str
    pattern: str | None = None
    """`file_pattern`, a glob with references; `None`: the step must write the name to `PRODIGY_OUTPUT`."""
    required: bool = True


class CommitConfig(Model, frozen=True, kw_only=True):
    """`commit_config:`; how `auto_commit` commits."""

    message_template: str = "Auto-commit: ${step.name}"
    message_pattern: str | None = None
    include_files: tuple[str, ...] = ()
    """Globs; none: all files."""
    exclude_files: tuple[str, ...] = ()
    author: str | None = None
    """`Name <mail>` with references; `None`: git's."""
    sign: bool = False
    squash: bool = False


class AllowedPaths(Model, frozen=True, kw_only=True):
    """`paths:` (language 13.9)."""

    allow: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    """The globs that were written `!glob`."""
    on_violation: Literal["suspect", "fail"] = "suspect"
