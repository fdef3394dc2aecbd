"""Merges of branches and what verified them."""

from array import array

from prodigy_tui.events.schema import KnownEvent, MergeFinished, Unknown, VerifyFinished, VerifyStarted
from prodigy_tui.report.figures import Merging
from prodigy_tui.report.quantiles import quantiles


class MergeLedger:
    """The counts so far."""

    def __init__(self) -> None:
        self._merged = 0
        self._conflicts = 0
        self._resolved = 0
        self._failed = 0
        self._verify_runs = 0
        self._verify_failed = 0
        self._verify_since: float | None = None
        self._verify_durations = array("d")

    def take(self, event: KnownEvent | Unknown, now_s: float) -> None:
        """Takes in an event."""
        match event:
            case MergeFinished(status=status, resolved_by=resolved_by):
                self._merged += status in ("merged", "contained")
                self._failed += status == "failed"
                self._conflicts += status == "conflict" or bool(resolved_by)
                self._resolved += status in ("merged", "contained") and bool(resolved_by)
            case VerifyStarted():
                self._verify_runs += 1
                self._verify_since = now_s
            case VerifyFinished(status=status):
                self._verify_failed += status == "failed"
                if self._verify_since is not None and status != "interrupted":
                    self._verify_durations.append(now_s - self._verify_since)
                self._verify_since = None

    def merging(self, merge_s: float, resolve_s: float) -> Merging:
        """Returns the counts, with what else is known of merges."""
        return Merging(
            merged=self._merged,
            conflicts=self._conflicts,
            resolved=self._resolved,
            failed=self._failed,
            merge_s=merge_s,
            verify_runs=self._verify_runs,
            verify_failed=self._verify_failed,
            verify_times=quantiles(self._verify_durations),
            resolve_s=resolve_s,
        )
