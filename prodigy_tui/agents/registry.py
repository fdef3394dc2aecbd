"""Every agent provider of the program, by the word that `provider:` takes."""

from collections.abc import Mapping
from types import MappingProxyType

from prodigy_tui.agents.claude import ClaudeProvider
from prodigy_tui.agents.provider import Provider
from prodigy_tui.agents.scripted import ScriptedProvider

PROVIDERS: Mapping[str, Provider] = MappingProxyType({"claude": ClaudeProvider(), "scripted": ScriptedProvider()})
