"""Language 14.2 and 14.3 as tables: where a result stands in a text, and what it is worth."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.engine.checking.validation_result import (
    result_of_agent,
    result_of_data,
    result_of_file,
    result_of_shell,
)
from tests.support.rules import rule
from tests.support.strategies import JSON_VALUES

INVALID = None
"""In the place of a score."""


def score(result):
    return INVALID if result.error else result.score


@rule("14.2 shell")
@pytest.mark.parametrize(
    ("stdout", "ok", "expected"),
    [
        ('{"score": 60}', True, 60),
        ('{"score": 60}', False, 60),
        ('building…\n{"score": 60}\n\n', False, 60),
        ('{\n  "score": 60\n}\n', True, 60),
        ('{"score": 60}\ndone', True, 100),
        ('{"score": 60}\ndone', False, 0),
        ('{"other": 60}', True, 100),
        ('{"other": 60}', False, 0),
        ("[60]", True, 100),
        ("60", True, 100),
        ("", True, 100),
        ("", False, 0),
        ("{broken", False, 0),
        ('{"score": 500}', True, INVALID),
        ('```\n{"score": 60}\n```', True, 100),
    ],
)
def test_a_command_says_its_result_or_its_exit_code_does(stdout, ok, expected):
    assert score(result_of_shell(stdout, ok=ok)) == expected


@rule("14.2 agent")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"score": 60}', 60),
        ('I looked.\n```json\n{"score": 60}\n```\nThat is all.', 60),
        ('```\n{"score": 10}\n```\n~~~ json\n{"score": 60}\n~~~', 60),
        ('```json\n{"score": 60}\n```\n```\ncode\n```\n{"score": 30}', 30),
        ('````\n```\n{"score": 1}\n```\n````\n{"passed": true}', 100),
        ('Result:\n{"score": 60}', 60),
        ('```json\n{"score": 60}', 60),
        ('```json\n{"score":\n60}', INVALID),
        ("All done, everything passes!", INVALID),
        ('{"verdict": "fine"}', INVALID),
        ("", INVALID),
    ],
)
def test_an_agent_has_to_say_its_result(text, expected):
    result = result_of_agent(text)

    assert score(result) == expected
    assert (result.code == "PT520") is (expected is INVALID)


@rule("14.3 score")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"completion_percentage": 92.5, "score": 1}, 92.5),
        ({"percentage": 50, "completion": 1}, 50),
        ({"completion": "80%", "score": 1}, 80),
        ({"score": 0.8}, 80),
        ({"score": 1.0}, 100),
        ({"score": 1}, 1),
        ({"score": 0}, 0),
        ({"score": 100, "passed": False}, 100),
        ({"score": None, "passed": True}, 100),
        ({"score": 101}, INVALID),
        ({"score": -1}, INVALID),
        ({"score": "good"}, INVALID),
        ({"score": True}, INVALID),
        ({"score": [1]}, INVALID),
    ],
)
def test_scores(data, expected):
    assert score(result_of_data(data)) == expected


@rule("14.3 verdict")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        *[({name: True}, 100) for name in ("complete", "passed", "valid", "success", "ok")],
        *[({name: False}, 0) for name in ("complete", "passed", "valid", "success", "ok")],
        ({"passed": False, "ok": True}, 0),
        ({"passed": "yes", "ok": True}, 100),
        ({"status": "complete"}, 100),
        ({"status": "skipped"}, 100),
        ({"status": "failed"}, 0),
        ({"status": 5}, 0),
        ({"ok": False, "status": "complete"}, 0),
        ({"complete": "yes"}, INVALID),
        ({"status": None}, INVALID),
    ],
)
def test_verdicts(data, expected):
    assert score(result_of_data(data)) == expected


@rule("14.3 denied")
@pytest.mark.parametrize(
    ("data", "passes"),
    [
        ({"score": 90}, True),
        ({"score": 89.9}, False),
        ({"score": 100, "complete": False}, False),
        ({"score": 90, "complete": True}, True),
        ({"score": 90, "complete": None}, True),
    ],
)
def test_the_score_passes_unless_the_result_says_that_it_is_not_complete(data, passes):
    result = result_of_data(data)

    assert result.passes(90.0) is passes
    assert result.status(90.0) == ("complete" if passes else "incomplete")


@rule("14.3 lists")
@pytest.mark.parametrize(
    ("fields", "valid"),
    [
        ({"missing": ["a"], "implemented": [], "gaps": {"a": 1}}, True),
        ({"gaps": ["a"]}, True),
        ({"missing": None, "gaps": None}, True),
        ({"missing": "a"}, False),
        ({"implemented": {"a": 1}}, False),
        ({"gaps": "a"}, False),
    ],
)
def test_lists_are_lists(fields, valid):
    result = result_of_data({"score": 100, **fields})

    assert (not result.error) is valid
    assert result.passes(100.0) is valid
    assert result.status(100.0) == ("complete" if valid else "failed")


@rule("14.2 invalid")
def test_a_reason_is_one_line_whatever_the_result_holds():
    result = result_of_data({"score": "9\x1b[31m\n9"})

    assert "\x1b" not in result.error
    assert "\n" not in result.error


@rule("14.2 result_file", "14.2 invalid")
@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"score": 60}', 60), ("", INVALID), ("[]", INVALID), ("{}", INVALID), ("{", INVALID), ('{"a": 1}', INVALID)],
)
def test_a_result_file_holds_an_object_with_a_result(text, expected):
    assert score(result_of_file(text, "r.json")) == expected


@rule("14.2 invalid", "14.3 score")
@given(st.dictionaries(st.sampled_from(["score", "complete", "status", "missing", "gaps", "x"]), JSON_VALUES))
def test_whatever_a_check_says_is_a_score_between_0_and_100_or_invalid(data):
    for result in (
        result_of_data(data),
        result_of_agent(json.dumps(data)),
        result_of_shell(json.dumps(data), ok=False),
        result_of_file(json.dumps(data), "r.json"),
    ):
        assert 0 <= result.score <= 100
        assert not (result.error and (result.score or result.passes(0.0)))


@rule("14.2 agent")
@given(st.text(alphabet='`~{}"score:1 \n', max_size=200))
def test_no_text_of_an_agent_is_too_odd(text):
    assert 0 <= result_of_agent(text).score <= 100
