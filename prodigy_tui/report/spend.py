"""Adding up what agents used, and what of it nobody knows."""

from prodigy_tui.events.values import Usage
from prodigy_tui.report.figures import Spend


class SpendTally:
    """Calls of agents and what they said. What was not said is unknown: it is never counted as nothing."""

    def __init__(self) -> None:
        self._calls = 0
        self._said = 0
        self._priced = 0
        self._silent = 0
        self._input_tokens = 0
        self._output_tokens = 0
        self._usd = 0.0

    def called(self) -> None:
        """An agent step began its call."""
        self._calls += 1

    def was_silent(self) -> None:
        """A call ended without a word on what it used."""
        self._silent += 1

    def used(self, usage: Usage) -> None:
        """A call said what it used."""
        self._said += 1
        self._input_tokens += usage.input_tokens
        self._output_tokens += usage.output_tokens
        if usage.usd is not None:
            self._priced += 1
            self._usd += usage.usd

    @property
    def tokens(self) -> int:
        """Those that are known, of both ways."""
        return self._input_tokens + self._output_tokens

    @property
    def usd(self) -> float | None:
        """The sum of the prices that are known; None: there is none."""
        return self._usd if self._priced else None

    def total(self) -> Spend:
        """Returns the sums so far."""
        nothing_used = not self._calls and not self._said
        tokens_known = bool(self._said) or nothing_used
        return Spend(
            calls=self._calls,
            input_tokens=self._input_tokens if tokens_known else None,
            output_tokens=self._output_tokens if tokens_known else None,
            usd=self._usd if self._priced or nothing_used else None,
            tokens_complete=not self._silent,
            usd_complete=not self._silent and self._priced == self._said,
        )
