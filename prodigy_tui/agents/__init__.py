"""Agent providers: command-line agents behind one protocol and one set of messages."""

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
from prodigy_tui.agents.registry import PROVIDERS
from prodigy_tui.agents.render import render

__all__ = [
    "PROVIDERS",
    "AgentCall",
    "AgentResult",
    "Denied",
    "Kind",
    "Message",
    "Provider",
    "Retrying",
    "Said",
    "Started",
    "Thought",
    "ToolAnswered",
    "ToolCalled",
    "Usage",
    "Used",
    "render",
]
