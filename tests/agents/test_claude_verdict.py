"""What every recorded end of Claude Code amounts to."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from prodigy_tui.agents.claude_stream import ClaudeStream, Facts
from prodigy_tui.agents.claude_verdict import judge
from prodigy_tui.process import Ended
from tests.agents.test_claude_stream import RECORDED, STREAMS, read

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INDEX = json.loads((STREAMS / "index.json").read_text())
COMMANDS = {
    "slash-command-commit": "make-file",
    "slash-frontmatter-tools-model": "restricted",
    "slash-shell-refused": "wb2",
    "slash-unknown": "nope",
    "v1.0.128-slash-unknown": "nope",
    "v2.0.76-slash-unknown": "nope",
}
WELL = {
    "acceptedits-allowed-git", "background-stopped-by-sigterm", "background-task-two-results", "bash-timeout-lingers",
    "bash-timeout-nobackground", "drop-once-recovers", "hook-events", "input-stream-two-turns", "json-schema",
    "json-schema-not-met", "mcp-server-failed", "mcp-tool", "partial-messages", "resume-cost-is-cumulative",
    "retry-429-recovers", "retry-500-recovers", "slash-command-commit", "slash-frontmatter-tools-model", "subagent",
    "text", "two-tools-one-fails", "unknown-tool", "v1.0.128-write-commit", "v2.0.76-write-commit", "write-commit",
}  # fmt: skip
OTHERWISE = {
    "denied-by-rule": ("denied", "not permitted: Bash"),
    "denied-default-mode": ("denied", "not permitted: Write, Bash"),
    "drop-forever-fails": ("agent", "Connection dropped"),
    "fail-400": ("agent", "400"),
    "fail-401": ("agent", "Failed to authenticate"),
    "fail-403": ("agent", "Failed to authenticate"),
    "fail-404-model": ("agent", "issue with the selected model"),
    "fail-429": ("limit", "429"),
    "fail-500": ("agent", "500"),
    "fail-529": ("limit", "529"),
    "fail-connection-refused": ("agent", "ECONNREFUSED"),
    "fail-credit": ("agent", "Credit balance is too low"),
    "fail-no-key": ("agent", "Not logged in"),
    "fail-prompt-too-long": ("agent", "the prompt is too long"),
    "fail-timeout": ("agent", "Request timed out"),
    "fallback-model-529": ("limit", "529"),
    "max-budget": ("agent", "its own budget"),
    "max-tokens": ("agent", "output token maximum"),
    "max-turns": ("agent", "used up its turns"),
    "refusal": ("agent", "safeguards"),
    "resume-missing": ("agent", "No conversation found"),
    "sigint-in-bash": ("cancelled", "interrupted"),
    "sigint-while-streaming": ("cancelled", "interrupted"),
    "sigkill-in-bash": ("agent", "signal 9 without a result"),
    "sigterm-in-bash": ("agent", "signal 15 without a result"),
    "slash-shell-refused": ("agent", "'/wb2' did not run: Shell command permission check failed"),
    "slash-unknown": ("agent", "unknown slash command '/nope'"),
    "v1.0.128-fail-401": ("agent", "401"),
    "v1.0.128-slash-unknown": ("agent", "unknown slash command '/nope'"),
    "v2.0.76-slash-unknown": ("agent", "unknown slash command '/nope'"),
}


def ended(exit_code=0, reason="exit"):
    return Ended(exit_code=exit_code, reason=reason, duration_s=1.0, strays=0)


def verdict(facts, end=None, *, command=None, allow_denied=False, stderr=()):
    return judge(facts, end or ended(), command=command, allow_denied=allow_denied, stderr=stderr, now=NOW)


def stream_of(*lines):
    stream = ClaudeStream("/repo")
    list(stream.feed("".join(json.dumps(line) + "\n" for line in lines)))
    return stream.facts


def failed(text, **fields):
    return {"type": "result", "subtype": "success", "is_error": True, "result": text, **fields}


ANSWER = {"type": "result", "subtype": "success", "is_error": False, "result": "done", "num_turns": 1}
INTERRUPTED = {
    "type": "result",
    "subtype": "error_during_execution",
    "is_error": True,
    "terminal_reason": "aborted_tools",
}


@pytest.mark.parametrize("name", sorted(INDEX))
def test_every_recorded_end_is_judged_rightly(name):
    _, facts = read(name)
    code = INDEX[name]["exit"]
    end = ended(128 - code, "signal") if code is not None and code < 0 else ended(143 if code is None else code)

    found = verdict(facts, end, command=COMMANDS.get(name), stderr=INDEX[name]["stderr"])

    kind, reason = OTHERWISE.get(name, ("ok", ""))
    assert found.kind == kind
    assert reason in found.reason
    assert "\n" not in found.reason
    assert len(found.reason) <= 200
    assert (found.kind == "ok") == (found.reason == "")


def test_the_table_is_complete():
    assert WELL | set(OTHERWISE) == set(INDEX)
    assert not WELL & set(OTHERWISE)
    assert set(INDEX) <= set(RECORDED)


def test_denied_tools_can_be_allowed():
    assert verdict(read("denied-by-rule")[1], allow_denied=True).kind == "ok"


def test_a_signal_does_not_spoil_an_answer():
    assert verdict(stream_of(ANSWER), ended(143, "cancelled")).text == "done"


def test_an_answer_outlives_the_interrupt_that_ended_the_program():
    facts = stream_of(ANSWER, INTERRUPTED)

    assert verdict(facts, ended(0, "cancelled")).kind == "ok"
    assert verdict(facts, ended(0, "exit")).kind == "cancelled"


@pytest.mark.parametrize(("reason", "words"), [("timeout", "ran out of time"), ("idle", "silent for too long")])
def test_our_own_clocks_give_the_kind_timeout(reason, words):
    found = verdict(stream_of(INTERRUPTED), ended(124, reason))

    assert (found.kind, words in found.reason) == ("timeout", True)
    assert verdict(Facts(), ended(124, reason)).kind == "timeout"
    assert verdict(stream_of(ANSWER), ended(124, reason)).kind == "ok"


def test_an_empty_answer_is_well():
    assert verdict(stream_of({**ANSWER, "result": ""})).text == ""


def test_without_any_result_the_last_error_line_is_the_reason():
    found = verdict(Facts(), ended(1), stderr=["error: unknown option '--x'", ""])

    assert found.reason == "claude exited with 1 without a result: error: unknown option '--x'"


@pytest.mark.parametrize(
    "text",
    [
        "API Error: 429 {...}",
        "API Error: 529 overloaded",
        "Claude AI usage limit reached|1767229200",
        "You've hit your session limit · resets 3pm",
        "5-hour limit reached ∙ resets 3am",
    ],
)
def test_limits_are_known_by_their_words_too(text):
    assert verdict(stream_of(failed(text)), ended(1)).kind == "limit"


def test_an_announced_end_becomes_a_wait():
    reset = NOW + timedelta(hours=5)
    event = {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected", "resetsAt": reset.timestamp()}}
    by_event = stream_of(event, failed("x", api_error_status=429))
    by_text = stream_of(failed(f"Claude AI usage limit reached|{int(reset.timestamp())}"))

    assert verdict(by_event).limit_s == 5 * 3600
    assert verdict(by_text).limit_s == 5 * 3600
    assert verdict(stream_of(failed("x", api_error_status=429))).limit_s is None


def test_a_limit_of_a_subagent_that_passed_is_forgotten():
    trouble = {"type": "assistant", "error": "rate_limit", "message": {"model": "<synthetic>", "content": []}}
    work = {"type": "assistant", "message": {"model": "m", "content": [{"type": "text", "text": "on"}]}}

    assert verdict(stream_of(trouble, work, failed("no key"))).kind == "agent"
