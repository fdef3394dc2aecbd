"""Language 6.5 and 6.6 as tables: what is repeated, and after how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.engine.decisions.retrying import NOT_RETRYABLE, SEARCHED_CHARACTERS, delay_s, matches, next_delay
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.model import Backoff, Matcher, Retry
from tests.support.rules import rule


def failure(kind="exit", exit_code=1):
    return Failure(kind=kind, message="no", exit_code=exit_code)


def listed(*matchers):
    return Retry(retry_on=tuple(Matcher(kind=one) if isinstance(one, str) else one for one in matchers))


NETWORK = [
    "Network is down",
    "curl: (7) connection refused",
    "CONNECTION RESET by peer",
    "connection timed out",
    "host unreachable",
    "Could not resolve host: x",
    "temporary failure in name resolution",
    "write: broken pipe",
    "Error: ECONNRESET",
    "EHOSTUNREACH",
    "getaddrinfo EAI_AGAIN",
]
TIMEOUT = ["request timed out", "time out", "timeout", "timed-out", "ETIMEDOUT", "context deadline exceeded"]
SERVER = ["HTTP 500", "error 503:", "(529)", "Server Error", "502 Bad Gateway", "service unavailable", "Overloaded"]
RATE = ["HTTP 429", "rate limit", "rate-limited", "ratelimit", "Too Many Requests", "quota exceeded", "usage limit"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(pytest.param("network", text, marks=rule("6.5 network")) for text in NETWORK),
        *(pytest.param("timeout", text, marks=rule("6.5 timeout")) for text in TIMEOUT),
        *(pytest.param("server_error", text, marks=rule("6.5 server_error")) for text in SERVER),
        *(pytest.param("rate_limit", text, marks=rule("6.5 rate_limit")) for text in RATE),
    ],
)
def test_what_failures_say_of_themselves(kind, text):
    assert matches(listed(kind), failure(), f"first line\n{text}\nlast line")


@rule("6.5 network", "6.5 server_error", "6.5 rate_limit", "6.5 timeout")
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("network", "connection closely watched"),
        ("network", "SECONDECONNECT"),
        ("server_error", "line 1500"),
        ("server_error", "5000 tests"),
        ("rate_limit", "4290 files"),
        ("timeout", "in time, outside"),
        ("network", ""),
    ],
)
def test_what_only_looks_like_it(kind, text):
    assert not matches(listed(kind), failure(), text)


@rule("6.5 kinds", "6.5 timeout")
@pytest.mark.parametrize("kind", ["timeout", "no_commit", "missing_output", "validation", "capture", "agent", "exit"])
def test_a_kind_matches_itself_alone(kind):
    others = ["exit", "signal", "timeout", "no_commit", "missing_output", "validation", "capture", "agent"]

    assert [other for other in others if matches(listed(kind), failure(other), "")] == [kind]


@rule("6.5 exit_code")
def test_exit_codes():
    codes = listed(Matcher(kind="exit_code", codes=(3, 75)))

    assert [code for code in (None, 0, 1, 3, 7, 75) if matches(codes, failure(exit_code=code), "")] == [3, 75]
    assert matches(listed(Matcher(kind="exit_code", codes=(124,))), failure("timeout", 124), "")


@rule("6.5 pattern")
def test_patterns_are_case_sensitive_unless_they_say_otherwise():
    assert matches(listed(Matcher(kind="pattern", pattern="lock(ed)?")), failure(), "is locked")
    assert not matches(listed(Matcher(kind="pattern", pattern="lock")), failure(), "LOCKED")
    assert matches(listed(Matcher(kind="pattern", pattern="(?i)lock")), failure(), "LOCKED")


@rule("6.5 pattern")
def test_a_pattern_that_takes_too_long_does_not_match():
    assert not matches(listed(Matcher(kind="pattern", pattern="(a|a)*$")), failure(), "a" * 60 + "b")


@rule("6.5 any")
@pytest.mark.parametrize("retry", [Retry(), listed("any"), listed("network", "any")])
def test_every_failure_that_can_be_repeated(retry):
    kinds = ["exit", "signal", "timeout", "no_commit", "missing_output", "capture", "agent", "worktree"]

    assert [kind for kind in kinds if not matches(retry, failure(kind), "")] == []


@rule("6.5 any")
def test_one_match_suffices():
    retry = listed("network", Matcher(kind="exit_code", codes=(3,)))

    assert matches(retry, failure(exit_code=3), "")
    assert matches(retry, failure(exit_code=1), "network")
    assert not matches(retry, failure(exit_code=1), "disk full")


@rule("6.5 never")
@pytest.mark.parametrize("kind", ["interpolation", "denied", "budget", "handler", "cancelled"])
def test_what_is_never_repeated(kind):
    everything = listed("any", "network", Matcher(kind="pattern", pattern="."), Matcher(kind="exit_code", codes=(1,)))

    assert kind in NOT_RETRYABLE
    assert not matches(everything, failure(kind), "network")
    assert not matches(Retry(), failure(kind), "network")


@rule("6.5 never")
def test_a_failed_check_is_repeated_only_where_that_is_listed():
    for retry in (Retry(), listed("any"), listed(Matcher(kind="pattern", pattern="."))):
        assert not matches(retry, failure("validation"), "text")
    assert matches(listed("network", "validation"), failure("validation"), "")


@rule("6.5 searched")
def test_the_last_64_kib_are_searched():
    assert matches(listed("network"), failure(), "network" + "x" * (SEARCHED_CHARACTERS - 7))
    assert not matches(listed("network"), failure(), "network" + "x" * SEARCHED_CHARACTERS)


TABLE = [
    (Backoff(kind="fixed"), [1, 1, 1, 1, 1, 1]),
    (Backoff(kind="linear", increment=2.0), [1, 3, 5, 7, 9, 11]),
    (Backoff(kind="linear"), [1, 2, 3, 4, 5, 6]),
    (Backoff(kind="exponential", base=2.0), [1, 2, 4, 8, 16, 30]),
    (Backoff(kind="exponential", base=3.0), [1, 3, 9, 27, 30, 30]),
    (Backoff(kind="fibonacci"), [1, 1, 2, 3, 5, 8]),
    (Backoff(kind="custom", delays=(1.0, 3.0, 7.0)), [1, 3, 7, 30, 30, 30]),
]
BACKOFFS = st.sampled_from([backoff for backoff, _ in TABLE])


@rule("6.6 table")
@pytest.mark.parametrize(("backoff", "delays"), TABLE, ids=lambda value: getattr(value, "kind", ""))
def test_the_table_of_delays(backoff, delays):
    assert [delay_s(Retry(backoff=backoff), n, 0.5) for n in range(1, 7)] == delays


@rule("6.6 table")
@pytest.mark.parametrize("backoff", [backoff for backoff, _ in TABLE], ids=lambda backoff: backoff.kind)
def test_no_delay_is_endless(backoff):
    endless = Retry(backoff=backoff, initial_delay=1e9, max_delay=None)

    assert delay_s(endless, 99, 0.0) <= 365 * 86400


@rule("6.6 jitter")
def test_jitter_moves_a_delay_both_ways():
    retry = Retry(backoff=Backoff(kind="fixed"), initial_delay=10.0, jitter=0.3)

    assert [delay_s(retry, 1, chance) for chance in (0.0, 0.5)] == pytest.approx([7.0, 10.0])
    assert delay_s(retry, 1, 0.999999) == pytest.approx(13.0, abs=0.001)


@rule("6.6 jitter")
def test_jitter_does_not_pass_the_longest_delay():
    retry = Retry(backoff=Backoff(kind="fixed"), initial_delay=30.0, max_delay=30.0, jitter=1.0)

    assert delay_s(retry, 1, 0.9) == 30.0
    assert delay_s(retry, 1, 0.0) == 0.0


@rule("6.6 jitter", "6.6 table")
@given(
    BACKOFFS,
    st.floats(0, 1000),
    st.floats(0, 1000),
    st.floats(0, 1),
    st.integers(1, 100),
    st.floats(0, 1, exclude_max=True),
)
def test_delays_stay_within_their_bounds(backoff, first, longest, jitter, repetition, chance):
    even = delay_s(Retry(backoff=backoff, initial_delay=first, max_delay=longest), repetition, chance)
    uneven = delay_s(Retry(backoff=backoff, initial_delay=first, max_delay=longest, jitter=jitter), repetition, chance)

    assert 0 <= even <= longest
    assert uneven <= longest
    assert even * (1 - jitter) - 1e-6 <= uneven <= even * (1 + jitter) + 1e-6


@rule("6.5 attempts")
def test_the_last_execution_has_nothing_behind_it():
    delays = [next_delay(Retry(attempts=3), n, failure(), "", since_start_s=0.0, jitter=0.0) for n in (1, 2, 3)]

    assert delays == [1.0, 2.0, None]


@rule("6.5 budget")
def test_the_budget_holds_for_the_time_so_far_and_the_delay():
    retry = Retry(attempts=10, backoff=Backoff(kind="fixed"), initial_delay=4.0, retry_budget=10.0)

    found = [next_delay(retry, 1, failure(), "", since_start_s=passed, jitter=0.0) for passed in (0, 6, 6.1, 20)]

    assert found == [4.0, 4.0, None, None]
