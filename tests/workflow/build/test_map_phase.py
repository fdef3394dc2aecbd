"""`map`: its items and what is done with each (language 13.2, 13.3)."""

import pytest

from prodigy_tui.workflow.model import ItemInput, SortKey
from tests.support.rules import rule
from tests.workflow.build.built import built, built_map, codes, late, map_text, read


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param(
            [1, {"a": 2}], ItemInput(kind="list", items=(1, {"a": 2})), marks=rule("13.3 list form"), id="list"
        ),
        pytest.param(
            "file: a b.txt", ItemInput(kind="file", text="a b.txt"), marks=rule("13.3 file form"), id="file text"
        ),
        pytest.param({"file": "a.txt"}, ItemInput(kind="file", text="a.txt"), marks=rule("13.3 file form"), id="file"),
        pytest.param({"path": "a.txt"}, ItemInput(kind="file", text="a.txt"), marks=rule("13.3 file form"), id="path"),
        pytest.param(
            {"file": "a", "format": "JSONL"},
            ItemInput(kind="file", text="a", format="jsonl"),
            marks=rule("13.3 file form", "13.3 format word"),
            id="file with a format",
        ),
        pytest.param(
            "glob: *.py", ItemInput(kind="glob", globs=("*.py",)), marks=rule("13.3 glob form"), id="glob text"
        ),
        pytest.param(
            {"glob": "*.py", "exclude": "a*"},
            ItemInput(kind="glob", globs=("*.py",), exclude=("a*",)),
            marks=rule("13.3 glob form"),
            id="glob",
        ),
        pytest.param(
            {"glob": ["a", "b"], "exclude": ["c", "d"]},
            ItemInput(kind="glob", globs=("a", "b"), exclude=("c", "d")),
            marks=rule("13.3 glob form"),
            id="globs",
        ),
        pytest.param(
            "shell: ls -1", ItemInput(kind="shell", text="ls -1"), marks=rule("13.3 shell form"), id="shell text"
        ),
        pytest.param(
            {"shell": "ls"},
            ItemInput(kind="shell", text="ls", timeout=300.0),
            marks=rule("13.3 shell form"),
            id="shell",
        ),
        pytest.param(
            {"command": "ls", "timeout": "5s", "format": "lines"},
            ItemInput(kind="shell", text="ls", timeout=5.0, format="lines"),
            marks=rule("13.3 shell form", "13.3 format word"),
            id="command",
        ),
        pytest.param(
            {"shell": "ls", "timeout": "none"},
            ItemInput(kind="shell", text="ls", timeout=None),
            marks=rule("13.3 shell form"),
            id="a command without a limit",
        ),
        pytest.param("a.txt", ItemInput(kind="auto", text="a.txt"), marks=rule("13.3 other text"), id="a file or not"),
        pytest.param("ls -1", ItemInput(kind="auto", text="ls -1"), marks=rule("13.3 other text"), id="a command"),
    ],
)
def test_every_form_of_input_is_read(written, meant):
    assert built_map(input=written).input == meant


@rule("13.3 list form", "13.2 input")
def test_items_are_a_list():
    phase = built("map: {items: [1, 'a'], agent_template: [a]}\n").map

    assert phase is not None
    assert phase.input == ItemInput(kind="list", items=(1, "a"))


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        pytest.param({"items": [1]}, ["PT103"], marks=rule("13.2 input"), id="input and items"),
        pytest.param({"input": None}, ["PT108"], marks=rule("13.2 input"), id="neither"),
        pytest.param({"input": None, "items": "a.txt"}, ["PT105"], marks=rule("13.3 list form"), id="items as text"),
        pytest.param({"input": " "}, ["PT105"], marks=rule("13.3 other text"), id="an empty input"),
        pytest.param({"input": {}}, ["PT108"], marks=rule("13.2 input"), id="an empty mapping"),
        pytest.param({"input": {"fil": "a"}}, ["PT110"], marks=rule("13.2 input"), id="a misspelt key"),
        pytest.param({"input": {"file": "a", "glob": "b"}}, ["PT103"], marks=rule("13.2 input"), id="two forms"),
        pytest.param(
            {"input": {"file": "a", "path": "b"}}, ["PT116"], marks=rule("13.3 file form"), id="one form twice"
        ),
        pytest.param({"input": {"file": ["a"]}}, ["PT105"], marks=rule("13.3 file form"), id="a list of files"),
        pytest.param({"input": {"file": "../a"}}, ["PT801"], marks=rule("13.3 inside"), id="above"),
        pytest.param({"input": "file: a/../../b"}, ["PT801"], marks=rule("13.3 inside"), id="above by a detour"),
        pytest.param({"input": {"glob": "[b-a]"}}, ["PT114"], marks=rule("13.3 glob form"), id="a bad glob"),
        pytest.param(
            {"input": {"glob": "a", "exclude": ["{"]}}, ["PT114"], marks=rule("13.3 glob form"), id="a bad exclude"
        ),
        pytest.param(
            {"input": {"shell": "a", "format": "xml"}}, ["PT109"], marks=rule("13.3 format word"), id="a bad format"
        ),
        pytest.param({"input": {"shell": "a", "timeout": 0}}, ["PT113"], marks=rule("13.3 shell form"), id="no time"),
        pytest.param({"input": "echo ${item}"}, ["PT301"], marks=rule("13.3 other text"), id="no item yet"),
        pytest.param({"agent_template": None}, ["PT108"], marks=rule("13.2 template"), id="no template"),
        pytest.param({"agent_template": []}, ["PT204"], marks=rule("13.2 template"), id="no step"),
        pytest.param({"agent_template": {"steps": ["a"]}}, ["PT901"], marks=rule("13.2 template"), id="a mapping"),
        pytest.param({"agent_template": {"commands": ["a"]}}, ["PT901"], marks=rule("13.2 template"), id="commands"),
        pytest.param({"max_items": -1}, ["PT113"], marks=rule("13.2 narrowing"), id="fewer than none"),
        pytest.param({"max_items": 1, "limit": 2}, ["PT116"], marks=rule("13.2 narrowing"), id="one limit twice"),
        pytest.param({"offset": "x"}, ["PT105"], marks=rule("13.2 narrowing"), id="no number"),
        pytest.param({"min_items": 3, "max_items": 2}, ["PT207"], marks=rule("13.2 counts"), id="min above max"),
        pytest.param({"json_path": "$[?(@.a =~ 'x')]"}, ["PT407"], marks=rule("13.2 narrowing"), id="json_path"),
        pytest.param({"json_path": {"spread": True}}, ["PT108"], marks=rule("13.3 spread word"), id="no path"),
        pytest.param({"id_field": "a b"}, ["PT406"], marks=rule("13.2 narrowing"), id="id_field"),
        pytest.param({"filter": "a =="}, ["PT401"], marks=rule("13.2 narrowing"), id="filter"),
        pytest.param({"filter": ["a"]}, ["PT105"], marks=rule("13.2 narrowing"), id="filter as a list"),
        pytest.param({"distinct": ["a", "1"]}, ["PT406"], marks=rule("13.2 narrowing"), id="distinct"),
        pytest.param({"sort_by": "a UPWARDS"}, ["PT406"], marks=rule("13.2 narrowing"), id="sort_by"),
        pytest.param({"sort_by": ""}, ["PT406"], marks=rule("C 3.1 sort_by"), id="an empty sort_by"),
        pytest.param({"timeout": -5}, ["PT111"], marks=rule("13.2 timeout"), id="timeout"),
        pytest.param({"retry": {"attempts": 0}}, ["PT113"], marks=rule("13.2 retry"), id="retry"),
        pytest.param({"variables": {"a": 1}}, ["PT902"], marks=rule("B.1 ignored at the top"), id="variables"),
        pytest.param(
            {"retry_on_failure": 2, "timeout_per_agent": 5, "max_failures": 3, "on_stop": "drain"},
            ["PT901", "PT901", "PT901", "PT901"],
            marks=rule("B.2 map spellings"),
            id="older spellings",
        ),
    ],
)
def test_what_does_not_fit_is_reported(fields, found):
    assert codes(map_text(**fields)) == found


@rule("13.2 narrowing", "13.3 spread word")
def test_everything_that_narrows_the_items_is_kept():
    phase = built_map(
        json_path={"path": "$.a", "spread": False},
        id_field="item.id",
        filter="a > 1",
        distinct="a",
        sort_by=["-a", "b DESC NULLS FIRST"],
        offset=1,
        limit=5,
        min_items=2,
    )

    assert (phase.json_path, phase.spread, phase.id_field, phase.filter) == ("$.a", False, "item.id", "a > 1")
    assert phase.distinct == ("a",)
    assert phase.sort_by == (SortKey(path="a", descending=True), SortKey(path="b", descending=True, nulls_first=True))
    assert (phase.offset, phase.max_items, phase.min_items) == (1, 5, 2)


@rule("13.2 late", "13.8 number")
def test_the_numbers_of_a_map_may_be_references():
    phase = built_map(
        offset="$ARG_1",
        limit="${ARG_2:-5}",
        min_items="${ARG_3}",
        max_parallel="${ARG_4}",
        timeout="${ARG_5}",
        json_path={"path": "$.a", "spread": "${ARG_6}"},
    )

    assert late(phase) == {
        "offset": "$ARG_1",
        "max_items": "${ARG_2:-5}",
        "min_items": "${ARG_3}",
        "max_parallel": "${ARG_4}",
        "timeout": "${ARG_5}",
        "spread": "${ARG_6}",
    }
    assert (phase.offset, phase.max_items, phase.max_parallel, phase.timeout, phase.spread) == (0, None, 10, None, None)


@rule("13.2 late", "13.3 shell form")
def test_the_limit_of_an_input_may_be_a_reference():
    source = built_map(input={"shell": "ls", "timeout": "${ARG_1}"}).input

    assert (late(source), source.timeout) == ({"timeout": "${ARG_1}"}, 300.0)


@rule("13.2 late")
def test_a_number_of_the_map_cannot_know_an_item():
    assert codes(map_text(max_parallel="${item.n}")) == ["PT301"]


@rule("13.2 timeout", "13.2 retry")
def test_the_map_has_a_limit_and_a_retry():
    phase = built_map(timeout="1h", retry={"attempts": 2, "retry_on": ["timeout", "network"]})

    assert phase.timeout == 3600.0
    assert phase.retry is not None
    assert (phase.retry.attempts, [matcher.kind for matcher in phase.retry.retry_on]) == (2, ["timeout", "network"])


@rule("B.2 map spellings")
def test_older_spellings_mean_the_same():
    workflow, _ = read(map_text(retry_on_failure=2, timeout_per_agent=5, max_failures=3))

    assert workflow is not None
    assert workflow.map is not None
    assert workflow.map.retry is not None
    assert (workflow.map.retry.attempts, workflow.map.timeouts.agent_timeout) == (2, 5.0)
    assert workflow.error_policy.max_failures == 3


@rule("C 8.1 inline items", "C 13.3 absolute text")
def test_what_is_not_judged_by_its_text():
    assert built_map(input=["${nope.x}", {"a": "$("}]).input.items == ("${nope.x}", {"a": "$("})
    assert built_map(input={"file": "/srv/items.json"}).input.text == "/srv/items.json"
    assert built_map(input={"file": "${ARG_1}/../items.json"}).input.text == "${ARG_1}/../items.json"
