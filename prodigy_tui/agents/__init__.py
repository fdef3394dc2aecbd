"""Agent providers: command-line agents behind one protocol and one set of messages."""

from prodigy_tui.agents.command_definition import CommandDefinition
from prodigy_tui.agents.prices import Price, Prices
from prodigy_tui.agents.provider import (
    AgentCall,
    AgentResult,
    Denied,
    Kind,
    Message,
    Provider,
    Retrying,
    Said,
    Started,
    Thought,
    ToolAnswered,
    ToolCalled,
    Usage,
    Used,
)
from prodigy_tui.agents.registry import BUILT_IN, PROVIDERS, make_providers
from prodigy_tui.agents.render import render

__all__ = [
    "BUILT_IN",
    "PROVIDERS",
    "AgentCall",
    "AgentResult",
    "CommandDefinition",
    "Denied",
    "Kind",
    "Message",
    "Price",
    "Prices",
    "Provider",
    "Retrying",
    "Said",
    "Started",
    "Thought",
    "ToolAnswered",
    "ToolCalled",
    "Usage",
    "Used",
    "make_providers",
    "render",
]
