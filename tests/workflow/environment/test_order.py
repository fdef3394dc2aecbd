"""The order in which variables get their values."""

import pytest

from prodigy_tui.workflow.environment.order import CycleFound, Graph, names_needed
from prodigy_tui.workflow.environment.stack import chosen_profile, inherited
from prodigy_tui.workflow.model import EnvCommand, EnvCondition, Environment, EnvValue, Profile, SecretSource
from tests.support.rules import rule


@rule("12.1 any order")
def test_each_variable_comes_behind_what_it_needs_and_commands_as_late_as_they_can():
    graph = Graph([{"A": "${B}", "C": EnvCommand(text="x"), "B": "b", "D": "${C}", "E": "e"}])

    assert [name for _, name in graph.order()] == ["B", "A", "C", "D", "E"]


@rule("12.1 own name")
def test_the_own_name_is_the_one_below_and_others_are_the_topmost():
    graph = Graph([{"A": "1", "B": "${A}"}, {"A": "${A}2"}])

    assert graph.needs((1, "A")) == {"A": (0, "A")}
    assert graph.needs((0, "B")) == {"A": (1, "A")}
    assert graph.needs((0, "A")) == {}


@rule("12.1 cycle")
def test_a_cycle_is_told_by_its_names():
    with pytest.raises(CycleFound, match="B → C → B"):
        Graph([{"A": "${B}", "B": "${C}", "C": "${B}"}]).order()


def test_a_chain_may_be_as_long_as_a_file_allows():
    chain = {f"V{number}": f"${{V{number + 1}}}" for number in range(5000)} | {"V5000": "x"}

    assert next(iter(Graph([chain]).order())) == (0, "V5000")


@pytest.mark.parametrize(
    ("variable", "names"),
    [
        (None, ()),
        ("$A ${b.c} ${env.D} ${E:-${F}} $1", ("A", "b", "D", "E", "F", "1")),
        (EnvValue(text="${A}"), ()),
        (EnvCommand(text='echo "${A}" $B', default="${C}"), ("A", "B", "C")),
        (EnvCondition(condition="A == 1 && ${B}", when_true="$C", when_false="$D"), ("A", "B", "C", "D")),
        (SecretSource(source="value", text="${A}"), ("A",)),
        (SecretSource(source="variable", text="A"), ()),
    ],
)
def test_the_names_that_a_value_may_be_made_of(variable, names):
    assert names_needed(variable) == names


@rule("12.1 dynamic uncached")
def test_what_is_made_of_an_uncached_command_is_made_anew_too():
    graph = Graph([{"A": EnvCommand(text="x", cache=False), "B": "${A}", "C": "c", "D": EnvCommand(text="$B")}])

    assert {name for _, name in graph.volatile()} == {"A", "B", "D"}


@rule("12.4 inherit")
def test_what_is_inherited():
    environ = {"PATH": "p", "LC_X": "l", "TZ": "t", "OTHER": "o"}

    assert inherited(environ, whole=True) == environ
    assert inherited(environ, whole=False) == {"PATH": "p", "LC_X": "l", "TZ": "t"}


@rule("12.2 active")
def test_flag_before_environment_before_workflow():
    environment = Environment(profile="a", profiles={name: Profile(description=name) for name in "abc"})

    assert chosen_profile(environment, "c", {"PRODIGY_PROFILE": "b"})[0] == "c"
    assert chosen_profile(environment, None, {"PRODIGY_PROFILE": "b"})[0] == "b"
    assert chosen_profile(environment, None, {})[1].description == "a"
    assert chosen_profile(Environment(), None, {}) == ("", Profile(), ())
