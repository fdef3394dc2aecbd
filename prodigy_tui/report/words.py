"""Figures as people read them; what is not known is `unknown`, never zero."""

from datetime import datetime
from typing import Final

from prodigy_tui.report.figures import Cause, Spend
from prodigy_tui.wording import span

UNKNOWN: Final = "unknown"
NOTHING: Final = "–"
"""A figure that makes no sense here."""

CAUSES: Final[dict[Cause, str]] = {
    "setup": "setup",
    "steps": "steps",
    "reduce": "reduce",
    "merge": "merge steps",
    "landing": "landing",
    "agents": "agents, all slots taken",
    "tail": "the last agents, no item left to start",
    "start": "slots free although items wait",
    "provider": "waiting for a provider",
    "budget": "waiting for the budget",
    "breaker": "circuit breaker open",
    "retry": "waiting for retries",
    "merging": "merging",
    "verify": "verification",
    "resolve": "work on conflicts",
    "person": "waiting for a person",
    "paused": "paused",
    "disk": "waiting for the disk",
    "other": "starting up, loading items, tidying",
}


def duration(seconds: float | None) -> str:
    """Returns `0.8s`, `41s`, `12m05s`, `3h04m`, `2d03h`."""
    if seconds is None:
        return NOTHING
    hours = round(seconds / 3600)
    return f"{hours // 24}d{hours % 24:02}h" if hours >= 24 else span(seconds)


def percent(share: float | None) -> str:
    """Returns `71 %`; what is little but there is not 0."""
    if share is None:
        return NOTHING
    shown = round(share * 100)
    return "<1 %" if not shown and share > 0 else f"{shown} %"


def number(value: float | None) -> str:
    """Returns a rate such as `3.2`."""
    return NOTHING if value is None else f"{value:.1f}"


def amount(value: int | None) -> str:
    """Returns a whole number with its thousands apart."""
    return UNKNOWN if value is None else f"{value:,}"


def dollars(usd: float | None) -> str:
    """Returns `1.20 USD`; small amounts with more places."""
    if usd is None:
        return UNKNOWN
    return f"{usd:.4f} USD" if 0 < abs(usd) < 0.1 else f"{usd:,.2f} USD"


def tokens(spend: Spend) -> str:
    """Returns the tokens of both ways; `≥` where some calls did not say."""
    if spend.input_tokens is None or spend.output_tokens is None:
        return UNKNOWN
    return f"{'' if spend.tokens_complete else '≥ '}{amount(spend.input_tokens + spend.output_tokens)}"


def tokens_in_short(spend: Spend) -> str:
    """Returns the tokens of both ways in few characters: `8,452`, `61.1 M`."""
    if spend.input_tokens is None or spend.output_tokens is None:
        return UNKNOWN
    count, least = spend.input_tokens + spend.output_tokens, "" if spend.tokens_complete else "≥ "
    return least + (amount(count) if count < 1_000_000 else f"{count / 1_000_000:,.1f} M")


def cost(spend: Spend) -> str:
    """Returns what it cost; `≥` where of some calls the price is not known."""
    if spend.usd is None:
        return UNKNOWN
    return f"{'' if spend.usd_complete else '≥ '}{dollars(spend.usd)}"


def moment(at: datetime | None) -> str:
    """Returns a time in UTC: a report is read elsewhere."""
    return NOTHING if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
