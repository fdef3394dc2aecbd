"""Lines of merges: of items, of what they are verified with and resolved by, of the landing."""

from prodigy_tui.cli.lines.line import Line, asker, line, status_word, why_of
from prodigy_tui.cli.output import Painted
from prodigy_tui.events.schema import (
    CandidateMade,
    GateAnswered,
    GateOpened,
    KnownEvent,
    LandingFinished,
    LandingStarted,
    MergeFinished,
    MergeInterrupted,
    MergeStarted,
    ResolutionFinished,
    ResolutionStarted,
    VerifyFinished,
    VerifyStarted,
)
from prodigy_tui.wording import first_of, merge_conflict, plural, span

_PURPOSES = {
    "base": "the run branch alone",
    "part": "a part of them",
    "again": "once more",
    "fix": "the step that mends",
    "fixed": "what that has made",
}
"""What is verified after a failure."""


def _verification(event: VerifyStarted | VerifyFinished) -> Line:
    if isinstance(event, VerifyStarted):
        number = len(event.item_ids)
        what = "the result of the run" if event.landing else plural(number, "branch", "branches")
        if event.purpose in _PURPOSES:
            what = _PURPOSES[event.purpose] + (f" ({what})" if number and event.purpose == "part" else "")
        return line(f"verifying {event.commit[:9]}: {what}", level=1)
    message = f": {event.message}" if event.message else ""
    batch = f", from now on {event.batch} at once" if event.batch else ""
    took = f" after {span(event.duration_s)}{batch}"
    level = 0 if event.status == "failed" else 1
    return line(f"verification of {event.commit[:9]} ", status_word(event.status), took, message, level=level)


def _resolution(event: ResolutionStarted | ResolutionFinished, who: str) -> Line:
    of_conflict = event.purpose == "conflict"
    if isinstance(event, ResolutionStarted):
        files = first_of(event.paths)
        again = f", try {event.attempt}" if event.attempt > 1 else ""
        if of_conflict:
            return line(f"{who}: ", status_word("conflict"), f" in {files}, an agent works on it{again}")
        return line(f"{who}: making {files} anew", level=1)
    what = "work on the conflict" if of_conflict else "making files anew"
    message = f": {event.message}" if event.message else ""
    level = 0 if of_conflict or event.status == "failed" else 1
    return line(f"{who}: {what} ", status_word(event.status), f", {span(event.duration_s)}{message}", level=level)


def merge_line(event: KnownEvent, who: str) -> Line | None:
    """Returns what is said of merges and the landing; None of another event."""
    match event:
        case MergeStarted():
            return line(f"{who}: merging", level=1)
        case MergeFinished(status="conflict"):
            said = merge_conflict(event.conflicts, event.detail).removeprefix("merge conflict")
            return line(f"{who}: ", status_word("conflict"), said)
        case MergeFinished(status="failed"):
            return line(f"{who}: not merged", why_of(event.failure))
        case MergeFinished(resolved_by=resolved_by):
            solved = f": {resolved_by}" if resolved_by else ""
            level = 0 if resolved_by else 1
            return line(f"{who}: ", status_word(event.status), f", run branch at {event.tip[:9]}{solved}", level=level)
        case MergeInterrupted():
            return line(f"{who}: merge was ", status_word("interrupted"))
        case VerifyStarted() | VerifyFinished():
            return _verification(event)
        case ResolutionStarted() | ResolutionFinished():
            return _resolution(event, who or "landing")
        case GateOpened():
            return line(Painted("question", "yellow"), f": {event.question} ({' or '.join(event.options)})")
        case GateAnswered():
            return line(f"answer: {event.answer}, by {asker(event.by)}")
        case CandidateMade(resolved_by=resolved_by):
            solved = f": {resolved_by}" if resolved_by else ""
            state = "verified, " if event.verified else ""
            shown = f"{state}{event.commit[:9]} onto {event.target} at {event.onto[:9]}{solved}"
            return line(f"candidate {shown}", level=0 if resolved_by else 1)
        case LandingStarted():
            return line(f"landing on {event.target}", level=1)
        case LandingFinished():
            message = f": {event.message}" if event.message else ""
            at = f" at {event.commit[:9]}" if event.status == "landed" else ""
            return line(f"{event.target}: ", status_word(event.status), f"{at}{message}")
        case _:
            return None
