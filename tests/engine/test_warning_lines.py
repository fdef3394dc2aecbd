"""Every warning that only running can find: its code and its words, one row each."""

import pytest

from prodigy_tui.events.schema import WarningRaised
from tests.support.rules import rule

# fmt: off
CASES = [
    pytest.param("map: {input: [{a: 1}], filter: 'nope == 1 || a == 1', agent_template: ['true']}\n", [
        ("PT405", "filter: no item has 'nope'"),
    ], marks=rule("13.5 filter problems"), id="a field that no item has"),
    pytest.param("map: {input: [{a: 1}], filter: 'a == 2', agent_template: ['true']}\n", [
        ("PT504", "no work items: map and reduce are skipped"),
    ], marks=rule("13.5 no items"), id="no items"),
    pytest.param("map: {input: {shell: 'echo {}', format: json}, json_path: '$.b', agent_template: ['true']}\n", [
        ("PT504", "json_path '$.b' selects nothing"),
        ("PT504", "no work items: map and reduce are skipped"),
    ], marks=rule("13.3 path nothing"), id="a path that selects nothing"),
    pytest.param("""map: {input: {shell: 'echo "{\\"a\\": [1]}"', format: json}, agent_template: ['true']}\n""", [
        ("PT504", "the input is one object, so it is one item; for the list in it write json_path: $.a[*]"),
    ], marks=rule("13.3 hidden list"), id="a hidden list"),
    pytest.param("setup: ['echo a > in.json']\nmap: {input: in.json, agent_template: ['true']}\n", [
        ("PT504", "in.json is no JSON and was read as lines"),
    ], marks=rule("13.3 json lines of text"), id="lines in a json file"),
    pytest.param("steps: [{shell: 'echo junk >> $PRODIGY_OUTPUT; echo PATH=x >> $PRODIGY_OUTPUT', name: odd}]\n", [
        ("PT510", "step 'odd': line 1 of PRODIGY_OUTPUT is not name=value: 'junk'"),
        ("PT510", "step 'odd': line 2 of PRODIGY_OUTPUT sets 'PATH': the name steers other programs"),
    ], marks=rule("11 PRODIGY_OUTPUT complaints"), id="lines that are no outputs"),
    pytest.param("steps: [{shell: 'yes | head -c 140000', capture: long}, 'true', 'true']\n", [
        ("PT512", "'long' is too long for an environment variable and is not exported"),
    ], marks=rule("12.5 too long"), id="a value that is too long"),
    pytest.param("steps: [{shell: 'yes | head -c 8388609', name: chatty}]\n", [
        ("PT512", "step 'chatty': the first 8 MiB of its output are kept, the rest is only in its log"),
    ], marks=rule("19 output kept"), id="more output than is kept"),
    pytest.param("steps: [{shell: 'yes | head -c 8388608', name: chatty}]\n", [
    ], marks=rule("19 output kept"), id="as much output as is kept"),
    pytest.param("map: {input: [{a-b: 1, a_b: 2, id: x}], agent_template: ['true']}\n", [
        ("PT512", "no environment variable can hold a_b of 'x'"),
    ], marks=rule("12.5 item fields"), id="a clash of fields"),
    pytest.param("map: {input: [{id: x}], agent_template: ['echo > left']}\n", [
        ("PT612", "uncommitted changes of 'x' are kept as items/x/1/leftover.patch"),
    ], id="what an agent left"),
    pytest.param("steps: ['echo > left']\n", [
        ("PT612", "uncommitted changes of the run are kept as run/leftover.patch"),
    ], id="what a plain run left"),
    pytest.param("env_files: gone.env\nsteps: ['true']\n", [
        ("PT321", "the file of variables 'gone.env' cannot be read: No such file or directory"),
    ], marks=rule("12.2 required"), id="a file of variables that is not there"),
]
# fmt: on


@pytest.mark.parametrize(("text", "warnings"), CASES)
async def test_the_warnings_of_a_run_are_these(lab, text, warnings):
    ran = await lab.run(text, merge="yes")

    assert [(warned.code, warned.message) for warned in ran.of(WarningRaised)] == warnings
