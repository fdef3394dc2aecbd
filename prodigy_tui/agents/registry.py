"""Every agent provider of the program, by the word that `provider:` takes."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from prodigy_tui.agents.prices import Prices
from prodigy_tui.agents.provider import Provider

if TYPE_CHECKING:
    from prodigy_tui.agents.command_definition import CommandDefinition


def _claude(_: Prices, program: str) -> Provider:
    from prodigy_tui.agents.claude import ClaudeProvider

    return ClaudeProvider(program=program)


def _codex(prices: Prices, program: str) -> Provider:
    from prodigy_tui.agents.codex import CodexProvider

    return CodexProvider(prices, program=program)


def _gemini(prices: Prices, program: str) -> Provider:
    from prodigy_tui.agents.gemini import GeminiProvider

    return GeminiProvider(prices, program=program)


def _qwen(prices: Prices, program: str) -> Provider:
    from prodigy_tui.agents.qwen import QwenProvider

    return QwenProvider(prices, program=program)


def _opencode(prices: Prices, program: str) -> Provider:
    from prodigy_tui.agents.opencode import OpencodeProvider

    return OpencodeProvider(prices, program=program)


def _scripted() -> Provider:
    from prodigy_tui.agents.scripted import ScriptedProvider

    return ScriptedProvider()


def _described(name: str, definition: "CommandDefinition", prices: Prices) -> Provider:
    from prodigy_tui.agents.command import CommandProvider

    return CommandProvider(name, definition, prices)


_PROGRAMS: Final[Mapping[str, Callable[[Prices, str], Provider]]] = {
    "claude": _claude,
    "codex": _codex,
    "gemini": _gemini,
    "qwen": _qwen,
    "opencode": _opencode,
}
BUILT_IN: Final = (*_PROGRAMS, "scripted")
"""The names that no description can take."""


class _Providers(Mapping[str, Provider]):
    """Each is loaded when it is asked for: together they take as long as a tenth of the start of a run."""

    def __init__(self, makers: Mapping[str, Callable[[], Provider]]) -> None:
        self._makers = makers
        self._made: dict[str, Provider] = {}

    def __getitem__(self, name: str) -> Provider:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def make_providers(
    described: "Mapping[str, CommandDefinition] | None" = None,
    *,
    prices: Prices | None = None,
    programs: Mapping[str, str] | None = None,
) -> Mapping[str, Provider]:
    """Returns all providers.

    Args:
        described: Those that people have described, by name.
        prices: For programs that tell no cost.
        programs: Other names or paths of known programs, by provider.
    """
    prices, programs = prices or Prices(), programs or {}
    known = {name: partial(make, prices, programs.get(name, name)) for name, make in _PROGRAMS.items()}
    own = {name: partial(_described, name, definition, prices) for name, definition in (described or {}).items()}
    return _Providers({**known, "scripted": _scripted, **own})


PROVIDERS: Final = make_providers()
"""The providers without anybody's settings."""
