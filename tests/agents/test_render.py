"""Messages as lines of a log."""

import pytest

from prodigy_tui.agents import Denied, Retrying, Said, Started, Thought, ToolAnswered, ToolCalled, Used, render


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (Started(session_id="s-1", model="opus"), "agent opus, session s-1"),
        (Said(text="All done."), "said  All done."),
        (Said(text="One\n  two\x1b\n"), "said  One\n        two␛"),
        (Said(text=""), "said"),
        (Thought(text="let me\nsee"), "mind  let me see"),
        (ToolCalled(name="Edit", summary="src/x.py"), "tool  Edit src/x.py"),
        (ToolAnswered(ok=True, summary="12 lines"), "ok    12 lines"),
        (ToolAnswered(ok=False, summary=""), "fail"),
        (Retrying(delay_s=2.06, status=429, attempt=1), "wait  2.1 s, status 429, retry 1"),
        (Retrying(delay_s=1, status=None, attempt=2), "wait  1.0 s, no connection, retry 2"),
        (Denied(tool="Bash", message="not granted"), "deny  Bash: not granted"),
        (Used(input_tokens=10, output_tokens=5, usd=0.0198), "used  10 tokens in, 5 out, $0.0198"),
        (Used(input_tokens=10, output_tokens=5, usd=None), "used  10 tokens in, 5 out, cost unknown"),
    ],
)
def test_every_message_has_its_line(message, line):
    assert render(message) == line
