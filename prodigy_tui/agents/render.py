"""Messages of an agent as short plain lines for the log of an attempt."""

from typing import assert_never

from prodigy_tui.agents.oneline import one_line, visible
from prodigy_tui.agents.provider import (
    Denied,
    Message,
    Retrying,
    Said,
    Started,
    Thought,
    ToolAnswered,
    ToolCalled,
    Used,
)

_INDENT = 6
"""Columns of the word that says what kind of line it is, with the gap behind it."""


def render(message: Message) -> str:
    """Returns the message as plain text, without a newline at its end.

    It is one line, but for what the agent said, which keeps its lines; those after the first are indented.
    Nothing in it is a control character.
    """
    match message:
        case Started(session_id=session_id, model=model):
            return _line("agent", f"{model or 'unknown model'}, session {session_id}")
        case Said(text=text):
            return _lines("said", text)
        case Thought(text=text):
            return _line("mind", text)
        case ToolCalled(name=name, summary=summary):
            return _line("tool", f"{name} {summary}")
        case ToolAnswered(ok=ok, summary=summary):
            return _line("ok" if ok else "fail", summary)
        case Retrying(delay_s=delay_s, status=status, attempt=attempt):
            why = f"status {status}" if status is not None else "no connection"
            return _line("wait", f"{delay_s:.1f} s, {why}, retry {attempt}")
        case Denied(tool=tool, message=why):
            return _line("deny", f"{tool}: {why}")
        case Used(input_tokens=taken, output_tokens=given, usd=usd):
            cost = "cost unknown" if usd is None else f"${usd:.4f}"
            return _line("used", f"{taken} tokens in, {given} out, {cost}")
        case _:
            assert_never(message)


def _line(word: str, text: str) -> str:
    return f"{word:<{_INDENT - 1}} {one_line(text)}".rstrip()


def _lines(word: str, text: str) -> str:
    first, *rest = [visible(line.expandtabs(4)).rstrip() for line in text.strip("\n").splitlines()] or [""]
    return "\n".join([f"{word:<{_INDENT - 1}} {first}".rstrip(), *(f"{'':{_INDENT}}{line}".rstrip() for line in rest)])
