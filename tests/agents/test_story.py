"""What messages of services mean."""

import pytest

from prodigy_tui.agents.story import ErrorLines, identifier, is_limit, status_in, wait_in


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 1.898s.", 1.898),
        ("try again in 3 days 4 hours 5 minutes", 273_900),
        ("Your quota will reset after 13h33m5s.", 48_785),
        ("resets in 2 hours", 7_200),
        ('"retryDelay": "34s"', 34),
        ("Please retry in 34.07s", 34.07),
        ("try again in 500ms", 0.5),
        ("try again later", None),
        ("try again in 5 monkeys", None),
    ],
)
def test_announced_waits(text, seconds):
    assert wait_in(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("429 Too Many Requests", True),
        ("exceeded retry limit, last status: 429", True),
        ("You exceeded your current quota", True),
        ("You have exhausted your daily quota on this model.", True),
        ("RESOURCE_EXHAUSTED", True),
        ("You've hit your usage limit.", True),
        ("Overloaded", True),
        ("You exceeded your current quota, please check your plan and billing details", False),
        ("401 Unauthorized", False),
        ("file 4290 not found", False),
    ],
)
def test_refusals_for_now(text, is_one):
    assert is_limit(text) is is_one


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("unexpected status 401 Unauthorized", 401),
        ("[API Error: 429 {}]", 429),
        ('{"error":{"code":503,"message":"x"}}', 503),
        ("all 404 files", None),
    ],
)
def test_statuses_in_messages(text, status):
    assert status_in(text) == status


@pytest.mark.parametrize("text", ["", "-x", "--yolo", "a b", "a\nb", "a;b", "x" * 300])
def test_what_is_no_name_of_a_conversation_is_not_given_back(text):
    assert identifier(text) is None


def test_an_error_is_found_before_a_long_stack_trace():
    lines = ErrorLines()
    for line in ("Warning: colours", "Error: it broke", *(f"  {number}: <unknown>" for number in range(500))):
        lines.add(line)

    assert lines.reason() == "Error: it broke"
    assert len(lines.text().splitlines()) < 100
