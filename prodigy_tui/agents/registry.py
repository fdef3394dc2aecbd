"""Every agent provider of the program, by the word that `provider:` takes."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from prodigy_tui.agents.claude import ClaudeProvider
from prodigy_tui.agents.codex import CodexProvider
from prodigy_tui.agents.command import CommandProvider
from prodigy_tui.agents.command_definition import CommandDefinition
from prodigy_tui.agents.gemini import GeminiProvider
from prodigy_tui.agents.opencode import OpencodeProvider
from prodigy_tui.agents.prices import Prices
from prodigy_tui.agents.provider import Provider
from prodigy_tui.agents.qwen import QwenProvider
from prodigy_tui.agents.scripted import ScriptedProvider

_PROGRAMS: Final[Mapping[str, Callable[[Prices, str], Provider]]] = {
    "claude": lambda _prices, program: ClaudeProvider(program=program),
    "codex": lambda prices, program: CodexProvider(prices, program=program),
    "gemini": lambda prices, program: GeminiProvider(prices, program=program),
    "qwen": lambda prices, program: QwenProvider(prices, program=program),
    "opencode": lambda prices, program: OpencodeProvider(prices, program=program),
}
BUILT_IN: Final = (*_PROGRAMS, "scripted")
"""The names that no description can take."""


def make_providers(
    described: Mapping[str, CommandDefinition] | None = None,
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
    known = {name: make(prices, programs.get(name, name)) for name, make in _PROGRAMS.items()}
    own = {name: CommandProvider(name, definition, prices) for name, definition in (described or {}).items()}
    return MappingProxyType({**known, "scripted": ScriptedProvider(), **own})


PROVIDERS: Final = make_providers()
"""The providers without anybody's settings."""
