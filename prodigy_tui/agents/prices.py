"""What models cost, for agent programs that tell tokens and no money.

What a program tells itself always wins. A model without a price has an unknown cost, never none. The shipped prices are
public list prices, of the lowest tier where a model has several; people put their own into `prices:` of the settings.
"""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct, field

from prodigy_tui.agents.options import Options
from prodigy_tui.agents.provider import Used

AS_OF: Final = date(2026, 11, 22)
"""When the shipped prices were looked up."""
SOURCES: Final = (
    "https://platform.claude.com/docs/en/about-claude/pricing",
    "https://developers.openai.com/api/docs/pricing",
    "https://ai.google.dev/gemini-api/docs/pricing",
)
_MILLION = 1_000_000
_VERSION = re.compile(r"[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")


Usd: TypeAlias = Annotated[float, Meta(ge=0)]


class Price(Options, frozen=True, kw_only=True):
    """US dollars for a million tokens."""

    input: Usd
    output: Usd
    cached_input: Usd | None = None
    """Input that was read from a cache; as `input` when not given."""
    cache_write: Usd | None = None
    """Input that was put into a cache; as `input` when not given."""


class Tokens(Struct, frozen=True, kw_only=True):
    """Tokens by what they cost; no token is in two of them."""

    fresh: int = 0
    cached: int = 0
    written: int = 0
    output: int = 0

    @classmethod
    def of_total(cls, input_tokens: int, *, cached: int = 0, written: int = 0, output: int = 0) -> "Tokens":
        """Returns the tokens where `input_tokens` counts the cached ones too."""
        fresh = max(0, input_tokens - cached - written)
        return cls(fresh=fresh, cached=cached, written=written, output=output)

    @property
    def input(self) -> int:
        return self.fresh + self.cached + self.written


def _list(*prices: float) -> Price:
    return Price(**dict(zip(("input", "output", "cached_input", "cache_write"), prices, strict=False)))


SHIPPED: Final[Mapping[str, Price]] = MappingProxyType(
    {
        **dict.fromkeys(("claude-opus-4", "claude-opus-4-0", "claude-opus-4-1"), _list(15, 75, 1.5, 18.75)),
        **dict.fromkeys(
            ("claude-opus-4-5", "claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5"),
            _list(5, 25, 0.5, 6.25),
        ),
        **dict.fromkeys(
            ("claude-sonnet-4", "claude-sonnet-4-0", "claude-sonnet-4-5", "claude-sonnet-4-6"),
            _list(3, 15, 0.3, 3.75),
        ),
        "claude-sonnet-5": _list(2, 10, 0.2, 2.5),
        "claude-haiku-4-5": _list(1, 5, 0.1, 1.25),
        "gpt-4.1": _list(2, 8, 0.5),
        **dict.fromkeys(("gpt-5", "gpt-5-codex", "gpt-5.1", "gpt-5.1-codex"), _list(1.25, 10, 0.125)),
        "gpt-5-mini": _list(0.25, 2, 0.025),
        **dict.fromkeys(("gpt-5.2", "gpt-5.2-codex", "gpt-5.3-codex"), _list(1.75, 14, 0.175)),
        "gpt-5.4": _list(2.5, 15, 0.25),
        "gpt-5.4-mini": _list(0.75, 4.5, 0.075),
        "gpt-5.4-nano": _list(0.2, 1.25, 0.02),
        "gpt-5.5": _list(5, 30, 0.5),
        "gemini-2.5-pro": _list(1.25, 10, 0.125),
        "gemini-2.5-flash": _list(0.3, 2.5, 0.03),
        "gemini-2.5-flash-lite": _list(0.1, 0.4, 0.01),
        "gemini-3-flash-preview": _list(0.5, 3, 0.05),
        **dict.fromkeys(("gemini-3-pro-preview", "gemini-3.1-pro-preview"), _list(2, 12, 0.2)),
        "gemini-3.5-flash": _list(1.5, 9, 0.15),
    }
)


class Prices(Struct, frozen=True):
    """The prices in force: people's own before the shipped ones."""

    own: Mapping[str, Price] = field(default_factory=dict)

    def find(self, model: str | None) -> Price | None:
        """Returns the price of a model, however exactly it is named; None when nobody has told it.

        `anthropic/claude-sonnet-4-5-20250929` is `claude-sonnet-4-5` too. A name that begins alike is another model.
        """
        if not model:
            return None
        short = model.rpartition("/")[2]
        names = dict.fromkeys((model, short, _VERSION.sub("", short)))
        return next((table[name] for table in (self.own, SHIPPED) for name in names if name in table), None)

    def usd(self, model: str | None, tokens: Tokens) -> float | None:
        """Returns what tokens of a model cost, or None when that is unknown."""
        price = self.find(model)
        if price is None:
            return None
        cached = price.input if price.cached_input is None else price.cached_input
        written = price.input if price.cache_write is None else price.cache_write
        parts = (
            (tokens.fresh, price.input),
            (tokens.cached, cached),
            (tokens.written, written),
            (tokens.output, price.output),
        )
        return sum(count * each for count, each in parts) / _MILLION

    def used(self, model: str | None, tokens: Tokens, *, told: float | None = None) -> Used:
        """Returns the message about tokens; `told` is the cost by the program's own word."""
        usd = told if told is not None else self.usd(model, tokens)
        return Used(input_tokens=tokens.input, output_tokens=tokens.output, usd=usd)
