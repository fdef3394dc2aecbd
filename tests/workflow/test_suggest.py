"""Near misses of a misspelt word."""

from prodigy_tui.workflow.suggest import alternatives, did_you_mean, near_misses


def test_the_nearest_comes_first_and_three_are_enough():
    assert near_misses("timeout", ["timeouts", "timeout_s", "timeou", "imeout", "retry"]) == [
        "timeouts",
        "timeou",
        "imeout",
    ]


def test_a_swap_of_neighbours_is_one_mistake():
    assert near_misses("sehll", ["shell"]) == ["shell"]


def test_the_distance_is_a_third_of_the_length_and_at_least_one():
    assert near_misses("ab", ["abc"]) == ["abc"]
    assert near_misses("ab", ["abcd"]) == []
    assert near_misses("shel", ["shell", "shells"]) == ["shell"]


def test_hints_read_as_a_sentence():
    assert did_you_mean("shel", ["shell"]) == "did you mean 'shell'?"
    assert did_you_mean("xyz", ["shell"]) == ""
    assert alternatives(["a", "b", "c"]) == "'a', 'b' or 'c'"
