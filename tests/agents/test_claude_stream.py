"""The parser over everything that was ever recorded, and over what nobody has seen yet."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.agents import Denied, Retrying, Said, Started, Thought, ToolAnswered, ToolCalled, Used
from prodigy_tui.agents.claude_stream import ClaudeStream, called_command
from prodigy_tui.agents.foreign_json import LONGEST_LINE
from tests.support.examples import examples

STREAMS = Path(__file__).parent.parent / "support" / "claude-streams"
RECORDED = sorted(path.stem for path in STREAMS.glob("*.jsonl"))


def read(name):
    stream = ClaudeStream("/repo")
    text = (STREAMS / f"{name}.jsonl").read_text(encoding="utf-8")
    return [*stream.feed(text), *stream.close()], stream.facts


def one(line):
    stream = ClaudeStream("/repo")
    return list(stream.feed(json.dumps(line) + "\n")), stream.facts


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_stream_is_read_and_pieces_change_nothing(name):
    messages, facts = read(name)
    text = (STREAMS / f"{name}.jsonl").read_text(encoding="utf-8")
    stream = ClaudeStream("/repo")

    piecewise = [message for at in range(0, len(text), 97) for message in stream.feed(text[at : at + 97])]

    assert messages
    assert piecewise == messages
    assert stream.facts == facts


def test_a_commit_reads_as_a_conversation():
    messages, facts = read("write-commit")

    assert [type(message) for message in messages] == [
        Started, Said, ToolCalled, ToolAnswered, ToolCalled, ToolAnswered, Said, Used,
    ]  # fmt: skip
    assert messages[2] == ToolCalled(name="Write", summary="a.txt")
    assert messages[5] == ToolAnswered(ok=True, summary="abc0001 mock: add a.txt")
    assert facts.results[0].text == "Committed a.txt."
    assert not facts.working


def test_waits_of_the_cli_are_told_with_their_status():
    messages, _ = read("retry-429-recovers")

    assert [m for m in messages if isinstance(m, Retrying)] == [
        Retrying(delay_s=2.093, status=429, attempt=1),
        Retrying(delay_s=2.5, status=429, attempt=2),
    ]


def test_a_failed_connection_has_no_status():
    messages, _ = read("fail-connection-refused")

    assert {m.status for m in messages if isinstance(m, Retrying)} == {None}


def test_denials_are_told_and_kept():
    messages, facts = read("denied-default-mode")

    assert [m.tool for m in messages if isinstance(m, Denied)] == ["Write", "Bash"]
    assert facts.denied == ["Write", "Bash"]
    assert facts.results[0].denied_tools == ("Write", "Bash")


def test_the_text_of_a_failure_is_not_said_as_if_by_the_agent():
    messages, facts = read("fail-401")

    assert not [m for m in messages if isinstance(m, Said)]
    assert facts.error == "authentication_failed"


def test_cost_of_a_resumed_conversation_is_only_what_this_run_added():
    _, facts = read("resume-cost-is-cumulative")

    assert facts.usage is not None
    assert facts.usage.usd == pytest.approx(0.0066)


@pytest.mark.parametrize("name", ["background-task-two-results", "input-stream-two-turns"])
def test_two_results_of_one_process_add_up(name):
    messages, facts = read(name)
    used = [m for m in messages if isinstance(m, Used)]

    assert len(used) == len(facts.results) == 2
    assert facts.usage is not None
    assert facts.usage.usd == pytest.approx(sum(m.usd or 0 for m in used))
    assert facts.usage.usd == pytest.approx({"b": 0.0198, "i": 0.0132}[name[0]])


def test_without_a_result_the_use_is_unknown():
    assert read("sigkill-in-bash")[1].usage is None


def test_cost_that_is_not_told_stays_unknown():
    _, facts = one({"type": "result", "subtype": "success", "usage": {"input_tokens": 5, "output_tokens": 1}})

    assert facts.usage is not None
    assert (facts.usage.input_tokens, facts.usage.usd) == (5, None)


def test_a_new_turn_after_a_result_means_work_again():
    stream = ClaudeStream("/repo")
    list(stream.feed('{"type":"result","subtype":"success"}\n'))
    assert not stream.facts.working

    list(stream.feed('{"type":"system","subtype":"init","session_id":"s"}\n'))

    assert stream.facts.working


def test_thinking_is_told():
    line = {"type": "assistant", "message": {"content": [{"type": "thinking", "thinking": "hm"}]}}

    assert one(line)[0] == [Thought(text="hm")]


def test_summaries_are_one_short_line_without_control_characters():
    hostile = "rm -rf \x1b[2J\n\u202eevil\u2066" + "x" * 10_000
    call = {
        "type": "assistant",
        "message": {"content": [{"type": "tool_use", "name": "Ba\nsh", "input": {"command": hostile}}]},
    }
    answer = {"type": "user", "message": {"content": [{"type": "tool_result", "content": hostile}]}}

    [called], [answered] = one(call)[0], one(answer)[0]

    assert called.name == "Ba sh"
    for message in (called, answered):
        assert message.summary.startswith("rm -rf ␛[2J evilx")
        assert len(message.summary) == 200


def test_a_rejected_quota_tells_its_end():
    info = {"status": "rejected", "resetsAt": 1_900_000_000, "rateLimitType": "five_hour"}

    assert one({"type": "rate_limit_event", "rate_limit_info": info})[1].limit_until == datetime.fromtimestamp(
        1.9e9, UTC
    )
    info["status"] = "allowed_warning"
    assert one({"type": "rate_limit_event", "rate_limit_info": info})[1].limit_until is None


def test_a_line_without_end_costs_no_memory_and_the_next_is_read():
    stream = ClaudeStream("/repo")
    for _ in range(LONGEST_LINE // 1_000_000 + 2):
        assert not list(stream.feed("x" * 1_000_000))

    assert list(stream.feed('\n{"type":"system","subtype":"init","session_id":"s"}\n')) == [
        Started(session_id="s", model=None)
    ]


@pytest.mark.parametrize(
    ("prompt", "command"),
    [
        ("/make-file out.txt", "make-file"),
        ("/sub:deep", "sub:deep"),
        ("/a\nmore", "a"),
        (" /make-file", None),
        ("/etc/hosts is broken", None),
        ("fix it", None),
        ("/", None),
    ],
)
def test_slash_commands_are_told_from_paths(prompt, command):
    assert called_command(prompt) == command


FIELDS = st.sampled_from(
    [
        "type", "subtype", "message", "content", "session_id", "slash_commands", "result", "is_error", "errors",
        "total_cost_usd", "model_usage_since_last_result", "permission_denials", "num_turns", "text", "tool_use",
        "usage", "input", "name", "error", "status", "resetsAt", "rate_limit_info", "retry_delay_ms", "thinking",
        "input_tokens",
    ]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS | st.text(), inner, max_size=5),
    max_leaves=12,
)
TYPES = st.sampled_from(
    [("system", "init"), ("system", "api_retry"), ("system", "permission_denied"), ("assistant", ""), ("user", ""),
     ("result", "success"), ("rate_limit_event", "")]
)  # fmt: skip


@examples(20)
@given(TYPES, st.dictionaries(FIELDS, JSON, max_size=8))
def test_lines_of_unexpected_shape_never_raise(kind, fields):
    one({**fields, "type": kind[0], "subtype": kind[1]})


@given(st.text())
def test_arbitrary_text_never_raises(text):
    stream = ClaudeStream("/repo")

    assert [*stream.feed(text), *stream.close()] == []
