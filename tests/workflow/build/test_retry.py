"""Every spelling of `retry` (language 6.5, 6.6)."""

import pytest
from msgspec.structs import replace as revised

from prodigy_tui.workflow.build.context import Context, Notes, Surroundings
from prodigy_tui.workflow.build.retry import read_retry_defaults
from prodigy_tui.workflow.build.steps import build_step
from prodigy_tui.workflow.model import Backoff, Matcher, Retry
from prodigy_tui.workflow.problems import Report
from prodigy_tui.workflow.source import read_source
from tests.support.rules import rule
from tests.workflow.build.reading import codes, read, step


def retry(text, **options):
    return step(f"{{shell: a, retry: {text}}}", **options).retry


def defaults(text):
    report = Report("w.yml")
    notes = Notes(report=report, surroundings=Surroundings())
    found = read_retry_defaults(read_source(text, ".yml", report), Context(phase="steps"), notes, build_step)
    assert report.problems() == ()
    return found


@rule("6.5 short")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", Retry(attempts=3)),
        ("'5'", Retry(attempts=5)),
        ("true", Retry()),
        ("yes", Retry()),
        ("{}", Retry()),
        ("false", None),
        ("null", None),
    ],
)
def test_the_short_forms(text, expected):
    assert retry(text) == expected


@rule("6.5 retry_config")
def test_retry_config_is_the_same_key():
    assert step("{shell: a, retry_config: 2}").retry == Retry(attempts=2)
    assert codes("{shell: a, retry: 2, retry_config: 2}") == ["PT116"]


@rule("6.5 attempts", "6.5 delays", "6.5 jitter", "6.5 retry_on", "6.5 retry_budget", "6.5 on_failure")
def test_the_defaults_of_a_retry():
    found = retry("{}")

    assert (found.attempts, found.initial_delay, found.max_delay, found.jitter) == (3, 1.0, 30.0, 0.0)
    assert (found.retry_on, found.retry_budget, found.on_failure) == ((), None, "stop")
    assert found.backoff == Backoff(kind="exponential", base=2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{attempts: 5}", {"attempts": 5}, marks=rule("6.5 attempts")),
        pytest.param("{max_attempts: 5}", {"attempts": 5}, marks=rule("6.5 attempts")),
        pytest.param("{attempts: 100}", {"attempts": 100}, marks=rule("6.5 attempts")),
        pytest.param(
            "{initial_delay: 2s, max_delay: none}", {"initial_delay": 2, "max_delay": None}, marks=rule("6.5 delays")
        ),
        pytest.param("{delay: 0}", {"initial_delay": 0}, marks=rule("6.5 delays")),
        pytest.param("{initial_delay: {secs: 1, nanos: 500000000}}", {"initial_delay": 1.5}, marks=rule("6.5 delays")),
        pytest.param("{jitter: true}", {"jitter": 0.3}, marks=rule("6.5 jitter")),
        pytest.param("{jitter: true, jitter_factor: 50%}", {"jitter": 0.5}, marks=rule("6.5 jitter")),
        pytest.param("{jitter: 0.2}", {"jitter": 0.2}, marks=rule("6.5 jitter")),
        pytest.param("{jitter: false, jitter_factor: 0.5}", {"jitter": 0.0}, marks=rule("6.5 jitter")),
        pytest.param("{retry_budget: 5m}", {"retry_budget": 300}, marks=rule("6.5 retry_budget")),
        pytest.param("{on_failure: continue}", {"on_failure": "continue"}, marks=rule("6.5 on_failure")),
        pytest.param("{on_failure: stop}", {}, marks=rule("6.5 on_failure")),
    ],
)
def test_the_fields_of_a_retry(text, expected):
    assert retry(text) == Retry(**expected)


@rule("6.5 on_failure")
@pytest.mark.parametrize(
    ("text", "label", "kind"),
    [("b", "b", "shell"), ("{command: b}", "b", "shell"), ("{claude: c}", "c", "agent"), ("/c", "/c", "agent")],
)
def test_a_fallback_is_a_step(text, label, kind):
    found = retry(f"{{on_failure: {{fallback: {text}}}}}")
    (fallback,) = found.fallback

    assert (found.on_failure, fallback.label, fallback.command.kind) == ("fallback", label, kind)


@rule("6.5 on_failure")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("retry: {on_failure: continue}, on_failure: b", ["PT207"]),
        ("retry: {on_failure: {fallback: c}}, on_failure: b", ["PT207"]),
        ("retry: {on_failure: continue}, continue_on_error: true", ["PT207"]),
        ("retry: {on_failure: stop}, on_failure: b", []),
        ("retry: {on_failure: continue}, on_failure: false", []),
    ],
)
def test_the_end_of_a_retry_and_a_handler_contradict_each_other(fields, expected):
    assert codes(f"{{shell: a, {fields}}}") == expected


@rule("6.5 retry_on")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("network", Matcher(kind="network")),
        ("RateLimit", Matcher(kind="rate_limit")),
        ("no-commit", Matcher(kind="no_commit")),
        ("any", Matcher(kind="any")),
        ("5", Matcher(kind="exit_code", codes=(5,))),
        ("'5'", Matcher(kind="exit_code", codes=(5,))),
        ("{exit_code: 5}", Matcher(kind="exit_code", codes=(5,))),
        ("{exit_code: [5, 6]}", Matcher(kind="exit_code", codes=(5, 6))),
        ("{pattern: '(?i)x+'}", Matcher(kind="pattern", pattern="(?i)x+")),
    ],
)
def test_what_a_retry_matches(text, expected):
    assert retry(f"{{retry_on: [{text}]}}").retry_on == (expected,)


_D = {"initial_delay": 5.0}


@pytest.mark.parametrize(
    ("text", "backoff", "others"),
    [
        pytest.param("fixed", Backoff(kind="fixed"), {}, marks=rule("6.6 words")),
        pytest.param("Linear", Backoff(kind="linear"), {}, marks=rule("6.6 words")),
        pytest.param("exponential", Backoff(), {}, marks=rule("6.6 words")),
        pytest.param("fibonacci", Backoff(kind="fibonacci"), {}, marks=rule("6.6 words")),
        pytest.param("{fixed: null}", Backoff(kind="fixed"), {}, marks=rule("6.6 words")),
        pytest.param("{Fixed: {}}", Backoff(kind="fixed"), {}, marks=rule("6.6 words")),
        pytest.param("{fixed: {delay: 5s}}", Backoff(kind="fixed"), _D, marks=rule("6.6 fixed")),
        pytest.param("{fibonacci: {initial: 5s}}", Backoff(kind="fibonacci"), _D, marks=rule("6.6 fixed")),
        pytest.param("{linear: {increment: 2s}}", Backoff(kind="linear", increment=2), {}, marks=rule("6.6 linear")),
        pytest.param(
            "{linear: {initial: 5s, increment: 2s}}", Backoff(kind="linear", increment=2), _D, marks=rule("6.6 linear")
        ),
        pytest.param("{exponential: {base: 3}}", Backoff(base=3), {}, marks=rule("6.6 exponential")),
        pytest.param(
            "{exponential: {initial: 5s, multiplier: 1.5}}", Backoff(base=1.5), _D, marks=rule("6.6 exponential")
        ),
        pytest.param(
            "{custom: {delays: [1s, {secs: 3, nanos: 0}]}}",
            Backoff(kind="custom", delays=(1, 3)),
            {},
            marks=rule("6.6 custom"),
        ),
        pytest.param("{custom: [1s, 3s]}", Backoff(kind="custom", delays=(1, 3)), {}, marks=rule("6.6 custom")),
        pytest.param("[1s, 3]", Backoff(kind="custom", delays=(1, 3)), {}, marks=rule("6.6 custom")),
        pytest.param("{type: fixed, delay: 5s}", Backoff(kind="fixed"), _D, marks=rule("6.6 flat")),
        pytest.param("{type: linear, increment: 2s}", Backoff(kind="linear", increment=2), {}, marks=rule("6.6 flat")),
        pytest.param("{type: exponential, base: 3}", Backoff(base=3), {}, marks=rule("6.6 flat")),
        pytest.param("{type: Fibonacci}", Backoff(kind="fibonacci"), {}, marks=rule("6.6 flat")),
        pytest.param("{type: custom, delays: [1s]}", Backoff(kind="custom", delays=(1,)), {}, marks=rule("6.6 flat")),
    ],
)
def test_every_spelling_of_a_backoff(text, backoff, others):
    assert retry(f"{{backoff: {text}}}") == Retry(backoff=backoff, **others)


@rule("6.6 first delay twice")
@pytest.mark.parametrize("inner", ["{fixed: {delay: 1s}}", "{type: fixed, initial: 1s}", "{linear: {initial: 1s}}"])
@pytest.mark.parametrize("outer", ["initial_delay", "delay"])
def test_the_first_delay_is_given_once(inner, outer):
    assert codes(f"{{shell: a, retry: {{{outer}: 1s, backoff: {inner}}}}}") == ["PT116"]


@rule("6.5 late")
def test_numbers_and_times_of_a_retry_may_be_references():
    found = retry(
        "{attempts: $ARG, max_delay: '${run.id}', jitter: '${run.id}',"
        " backoff: {linear: {initial: $ARG, increment: $ARG}}}"
    )

    assert sorted(found.late) == ["attempts", "initial_delay", "jitter", "max_delay"]
    assert sorted(found.backoff.late) == ["increment"]
    assert retry("$ARG").late["attempts"].text == "$ARG"
    assert retry("{jitter: true, jitter_factor: $ARG}").late["jitter"].text == "$ARG"


@rule("6.5 defaults")
def test_defaults_fill_in_what_a_retry_leaves_out():
    given = defaults("{attempts: 7, backoff: {fixed: {delay: 2s}}, max_delay: none, jitter: $ARG}")

    assert revised(retry("true", retry_defaults=given), **{"late": {}}) == Retry(
        attempts=7, backoff=Backoff(kind="fixed"), initial_delay=2, max_delay=None
    )
    assert retry("{attempts: 2, jitter: 0.1}", retry_defaults=given) == Retry(
        attempts=2, jitter=0.1, backoff=Backoff(kind="fixed"), initial_delay=2, max_delay=None
    )
    assert retry("{attempts: $ARG}", retry_defaults=given).late.keys() == {"attempts", "jitter"}


@rule("6.5 defaults")
def test_defaults_switch_nothing_on():
    given = defaults("{attempts: 7}")

    assert step("a", retry_defaults=given).retry is None
    assert step("{shell: a}", retry_defaults=given).retry is None
    assert retry("false", retry_defaults=given) is None


@rule("6.5 on_failure")
def test_a_default_end_contradicts_a_handler_too():
    given = defaults("{on_failure: continue}")

    assert read("- {shell: a, retry: 2, on_failure: b}\n", retry_defaults=given)[1] == ["PT207"]
