"""The forms of loops, written files, questions and waits (language 5.6 to 5.8)."""

import pytest

from prodigy_tui.workflow.model import ApproveCommand, LoopSource, WaitCommand, WriteFileCommand
from tests.support.rules import rule
from tests.workflow.build.reading import codes, command, read, step


def source(text):
    return command(f"{{foreach: {text}, do: a}}").source


@rule("5.6 forms")
@pytest.mark.parametrize(
    "text",
    [
        "{foreach: [1, 2], do: 'echo ${f}', parallel: 4, max_items: 1, as: f, continue_on_error: true}",
        "{foreach: {items: [1, 2], do: 'echo ${f}', parallel: 4, max_items: 1, as: f, continue_on_error: true}}",
        "{foreach: {list: [1, 2], do: 'echo ${f}', parallel: 4}, max_items: 1, as: f, continue_on_error: true}",
        "{foreach: {list: [1, 2]}, do: 'echo ${f}', parallel: 4, max_items: 1, as: f, continue_on_error: true}",
    ],
)
def test_flat_and_nested_forms_are_the_same_loop(text):
    found = command(text)

    assert found.source == LoopSource(kind="list", items=(1, 2))
    assert [inner.label for inner in found.do] == ["echo ${f}"]
    assert (found.parallel, found.max_items, found.variable, found.continue_on_error) == (4, 1, "f", True)


@rule("5.6 parallel", "5.6 max_items", "5.6 as", "5.6 continue", "5.6 until")
def test_the_defaults_of_a_loop():
    found = command("{foreach: [1], do: a}")

    assert (found.parallel, found.max_items, found.variable) == (1, None, "item")
    assert (found.continue_on_error, found.until) == (False, None)


@rule("5.6 legacy")
@pytest.mark.parametrize("items", ["foreach", "input", "in"])
@pytest.mark.parametrize("do", ["steps", "commands"])
def test_legacy_spellings_of_a_nested_loop(items, do):
    (found,), problems = read(f"- {{foreach: {{{items}: [1], {do}: [a]}}}}\n")

    assert problems == ["PT901", "PT901"]
    assert (found.command.source.items, found.command.do[0].label) == ((1,), "a")


@rule("5.6 sources")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a, 1, {x: y}]", LoopSource(kind="list", items=("a", 1, {"x": "y"}))),
        ("{list: [a]}", LoopSource(kind="list", items=("a",))),
        ("{file: 'x/${run.id}.json', format: jsonl}", LoopSource(kind="file", text="x/${run.id}.json", format="jsonl")),
        ("{path: a}", LoopSource(kind="file", text="a")),
        ("{glob: '*.md', exclude: [x.md]}", LoopSource(kind="glob", globs=("*.md",), exclude=("x.md",))),
        ("{shell: ls, timeout: 5}", LoopSource(kind="shell", text="ls", timeout=5)),
        ("{command: ls}", LoopSource(kind="shell", text="ls")),
        ("'file: a.json'", LoopSource(kind="file", text="a.json")),
        ("'glob: *.md'", LoopSource(kind="glob", globs=("*.md",))),
        ("'shell: ls'", LoopSource(kind="shell", text="ls")),
    ],
)
def test_the_sources_of_a_loop(text, expected):
    assert source(text) == expected
    if not text.startswith(("[", "'")):
        nested = command(f"{{foreach: {text[:-1]}, do: a}}}}")
        assert nested.source == expected


@rule("5.6 bare text")
@pytest.mark.parametrize(
    ("text", "kind"),
    [("${last.output}", "reference"), ("ls *.py", "shell"), ("a ${run.id}", "shell"), ("${run.id} b", "shell")],
)
def test_bare_text_is_one_reference_or_a_command(text, kind):
    assert source(f"'{text}'") == LoopSource(kind=kind, text=text)


@rule("5.6 do")
@pytest.mark.parametrize("text", ["a", "[a]", "{shell: a}", "{steps: [a]}", "{commands: [{shell: a}]}"])
def test_the_body_is_one_step_or_several(text):
    assert [inner.label for inner in command(f"{{foreach: [1], do: {text}}}").do] == ["a"]


@rule("5.6 parallel")
@pytest.mark.parametrize(("text", "expected"), [("true", 10), ("false", 1), ("yes", 10), ("3", 3), ("'3'", 3)])
def test_parallel_is_a_flag_or_a_number(text, expected):
    assert command(f"{{foreach: [1], do: a, parallel: {text}}}").parallel == expected


@rule("5.6 parallel", "5.6 max_items")
def test_numbers_of_a_loop_may_be_references():
    found = step("{foreach: {shell: ls, timeout: $ARG}, do: a, parallel: $ARG, max_items: '${run.id}'}")

    assert sorted(found.command.late) == ["max_items", "parallel"]
    assert sorted(found.command.source.late) == ["timeout"]
    assert found.late == {}


@rule("5.6 continue")
def test_continue_on_error_of_a_loop_is_not_the_steps():
    found = step("{foreach: [1], do: a, continue_on_error: true, on_failure: b}")

    assert found.command.continue_on_error
    assert [inner.label for inner in found.on_failure.steps] == ["b"]


@rule("5.6 continue")
def test_a_legacy_tolerance_of_a_loop_is_the_loops_too():
    (found,), problems = read("- {foreach: [1], do: a, metadata: {continue_on_error: true}}\n")
    (other,), _ = read("- {foreach: [1], do: a, ignore_errors: true}\n")

    assert (found.command.continue_on_error, found.on_failure, problems) == (True, None, ["PT901"])
    assert (other.command.continue_on_error, other.on_failure) == (True, None)


@rule("5.6 as")
@pytest.mark.parametrize(("name", "expected"), [("item", []), ("file_1", []), ("steps", ["PT205"]), ("1x", ["PT205"])])
def test_the_loop_variable_has_a_name_that_is_free(name, expected):
    assert codes(f"{{foreach: [1], do: a, as: {name}}}") == expected


@rule("5.6 until")
@pytest.mark.parametrize(
    ("options", "expected"),
    [("", []), (", parallel: 1", []), (", parallel: 2", ["PT207"]), (", parallel: true", ["PT207"])],
)
def test_until_ends_a_loop_that_runs_one_by_one(options, expected):
    assert codes(f"{{foreach: [1], do: a, until: 'index == 3 && item'{options}}}") == expected


@rule("5.6 variables")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{foreach: [1], do: {claude: '${item} ${index} ${total} $item'}}", []),
        ("{foreach: [1], as: f, do: {claude: '${f} ${f.name}'}}", []),
        ("{foreach: [1], as: f, do: {foreach: [2], do: {claude: '${f} ${item}'}}}", []),
        ("{foreach: [1], do: {shell: a, on_failure: {claude: '${item} ${error.output}'}}}", []),
        ("{foreach: [1], as: f, do: {claude: '${item}'}}", ["PT301"]),
        ("{foreach: [1], do: a, on_success: {claude: '${item}'}}", ["PT301"]),
        ("{foreach: [1], as: f, do: a, name: '${f}'}", ["PT302"]),
        ("{foreach: '${f}', as: f, do: a}", ["PT302"]),
    ],
)
def test_loop_variables_are_visible_inside_only(text, expected):
    assert codes(text) == expected


@rule("5.6 twice")
@pytest.mark.parametrize("option", ["parallel: 2", "as: f", "max_items: 1", "do: b", "continue_on_error: true"])
def test_an_option_stands_at_one_place(option):
    do = "" if option.startswith("do") else ", do: a"

    assert codes(f"{{foreach: {{items: [1], {option}{do}}}, {option}}}") == ["PT116"]


@rule("5.7 keys")
def test_the_keys_of_a_written_file_and_their_defaults():
    full = "{path: a, content: b, format: Text, mode: 0600, create_dirs: true, append: yes}"

    assert command("{write_file: {path: a, content: b}}") == WriteFileCommand(path="a", content="b")
    assert command(f"{{write_file: {full}}}") == WriteFileCommand(
        path="a", content="b", mode=0o600, create_dirs=True, append=True
    )
    assert command("{write_file: {path: a, content: b, append: $ARG}}").late["append"].text == "$ARG"


@rule("5.7 path")
@pytest.mark.parametrize("path", ["/a", "../a", "a/../b", ".git/x", "a/.GIT/x"])
def test_a_file_stays_in_the_worktree(path):
    assert codes(f"{{write_file: {{path: {path}, content: x}}}}") == ["PT801"]


@rule("5.7 path")
def test_dots_inside_a_name_are_no_way_out():
    assert codes("{write_file: {path: a..b/c.., content: x}}") == []


@rule("5.7 append", "5.7 mode", "5.7 content")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("content: x, format: json, append: true", ["PT207"]),
        ("content: x, mode: 9", ["PT105"]),
        ("content: x, mode: 0o644", []),
        ("content: {a: 1}", ["PT105"]),
        ("content: {a: ['${last.outptu}']}, format: json", ["PT301"]),
        ("content: [1, null], format: yaml", []),
    ],
)
def test_what_is_written_and_how(fields, expected):
    assert codes(f"{{write_file: {{path: a, {fields}}}}}") == expected


@rule("5.8 approve", "5.8 default")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'Deploy ${run.id}?'", ApproveCommand(question="Deploy ${run.id}?")),
        ("{question: a, options: [go, stop]}", ApproveCommand(question="a", options=("go", "stop"), default="go")),
        (
            "{question: a, default: deny, show: diff, timeout: 1h, on_timeout: approve}",
            ApproveCommand(question="a", default="deny", show="diff", timeout=3600, on_timeout="approve"),
        ),
    ],
)
def test_the_forms_of_a_question(text, expected):
    assert command(f"{{approve: {text}}}") == expected


@rule("5.8 default")
def test_the_default_is_one_of_the_answers():
    assert codes("{approve: {question: a, default: maybe}}") == ["PT109"]


@rule("5.8 wait")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", WaitCommand(duration=30)),
        ("0", WaitCommand(duration=0)),
        ("{secs: 1, nanos: 500000000}", WaitCommand(duration=1.5)),
        ("{shell: a}", WaitCommand(shell="a", every=10)),
        ("{command: a, every: 5s, timeout: 10m}", WaitCommand(shell="a", every=5, timeout=600)),
    ],
)
def test_the_forms_of_a_wait(text, expected):
    assert command(f"{{wait: {text}}}") == expected


@rule("5.8 wait")
def test_the_time_of_a_wait_may_be_a_reference():
    found = step("{wait: '${run.id}'}")

    assert (found.command.late["duration"].text, found.late) == ("${run.id}", {})


@pytest.mark.parametrize(
    "text", ["{wait: {shell: 'echo $${x} ${last.output:nope}'}}", "{foreach: 'ls ${last.output:nope}', do: a}"]
)
def test_commands_of_waits_and_loops_are_shell_texts(text):
    assert codes(text) == ["PT304"]
