"""What becomes of a step's work: commits, captures, outputs, allowed files (language 7.2, 11, 13.9)."""

import pytest
from msgspec.structs import replace as revised

from prodigy_tui.workflow.load import load_text
from prodigy_tui.workflow.model import AllowedPaths, Capture, CommitConfig, OutputSpec
from tests.support.rules import rule
from tests.workflow.build.reading import codes, read, step


def capture(fields):
    return step(f"{{shell: a, {fields}}}").capture


@rule("7.2 implied")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("auto_commit: true", True),
        ("auto_commit: false", False),
        ("commit_config: {}", True),
        ("auto_commit: $ARG, commit_config: {}", True),
    ],
)
def test_a_config_makes_the_step_commit(fields, expected):
    found = step(f"{{shell: a, {fields}}}")

    assert (found.auto_commit, found.commit_config) == (expected, CommitConfig())


@rule("7.2 implied")
def test_a_config_and_no_commits_contradict_each_other():
    assert codes("{shell: a, auto_commit: false, commit_config: {}}") == ["PT207"]


@rule("7.2 keys")
def test_the_keys_of_a_commit_and_their_defaults():
    full = step(
        "{shell: a, commit_config: {message_template: 'x ${step.name}', message_pattern: '^x', include_files: '*.py',"
        " exclude_files: [a.py], author: 'A B <a@b.c>', sign: true, squash: $ARG}}"
    ).commit_config

    assert revised(full, **{"late": {}}) == CommitConfig(
        message_template="x ${step.name}",
        message_pattern="^x",
        include_files=("*.py",),
        exclude_files=("a.py",),
        author="A B <a@b.c>",
        sign=True,
    )
    assert sorted(full.late) == ["squash"]
    assert CommitConfig().message_template == "Auto-commit: ${step.name}"


@rule("7.2 checks")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("message_pattern: '['", ["PT114"]),
        ("include_files: '[z-a]'", ["PT114"]),
        ("exclude_files: ['{a']", ["PT114"]),
        ("author: A B", ["PT105"]),
        ("author: '<a@b.c>'", ["PT105"]),
        ("author: '${run.id}'", []),
        ("message_template: '${last.outptu}'", ["PT301"]),
    ],
)
def test_what_a_commit_is_made_with_is_checked(fields, expected):
    assert codes(f"{{shell: a, commit_config: {{{fields}}}}}") == expected


@rule("7.2 parallel")
@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("{foreach: [1], parallel: 2, do: {shell: a, commit_required: true}}", ["PT208"]),
        ("{foreach: [1], parallel: true, do: {shell: a, auto_commit: true}}", ["PT208"]),
        ("{foreach: [1], parallel: 2, do: {shell: a, commit_config: {}}}", ["PT208"]),
        ("{foreach: [1], parallel: 2, do: {foreach: [2], do: {shell: a, commit_required: true}}}", ["PT208"]),
        ("{foreach: [1], parallel: 2, do: {shell: a, on_failure: {claude: b, commit_required: true}}}", ["PT208"]),
        ("{foreach: [1], parallel: 2, do: {shell: a, commit_required: false}}", []),
        ("{foreach: [1], do: {shell: a, commit_required: true, auto_commit: true}}", []),
        ("{foreach: [1], parallel: 2, commit_required: true, do: a}", []),
    ],
)
def test_commits_need_a_head_of_their_own(loop, expected):
    assert codes(loop) == expected


@rule("13.9 step")
@pytest.mark.parametrize(
    ("phase", "text", "expected"),
    [
        ("map", "['src/**', '!src/x']", AllowedPaths(allow=("src/**",), exclude=("src/x",))),
        ("steps", "['src/**']", AllowedPaths(allow=("src/**",), on_violation="fail")),
        ("map", "{allow: '*.py', on_violation: fail}", AllowedPaths(allow=("*.py",), on_violation="fail")),
        ("map", "['!a']", AllowedPaths(allow=("**",), exclude=("a",))),
    ],
)
def test_the_files_that_a_step_may_change(phase, text, expected):
    assert step(f"{{shell: a, paths: {text}}}", phase=phase).paths == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param("capture: x", Capture(name="x"), marks=rule("11 capture")),
        pytest.param("capture: a-b_1", Capture(name="a-b_1"), marks=rule("11 capture")),
        pytest.param("capture_output: x", Capture(name="x"), marks=rule("11 capture_output")),
        pytest.param("capture_output: true", Capture(name="CAPTURED_OUTPUT"), marks=rule("11 capture_output")),
        pytest.param("capture_output: false", Capture(), marks=rule("11 capture_output")),
        pytest.param("capture_output: 'true'", Capture(name="true"), marks=rule("11 capture_output")),
        pytest.param("capture: x, capture_output: x", Capture(name="x"), marks=rule("11 capture_output")),
        pytest.param("capture_format: JSON", Capture(format="json"), marks=rule("11 capture_format")),
        pytest.param("capture_format: text", Capture(format="string"), marks=rule("11 capture_format")),
        pytest.param("capture_default: [1]", Capture(has_default=True, default=[1]), marks=rule("11 capture_default")),
        pytest.param("capture_default: ''", Capture(has_default=True, default=""), marks=rule("11 capture_default")),
    ],
)
def test_the_fields_of_a_capture(fields, expected):
    assert capture(fields) == expected


@rule("11 capture_format")
@pytest.mark.parametrize("word", ["string", "json", "lines", "number", "boolean"])
def test_the_formats_of_a_capture(word):
    assert capture(f"capture: x, capture_format: {word}").format == word


@rule("11 capture_output")
def test_two_names_of_one_capture_contradict_each_other():
    assert codes("{shell: a, capture: x, capture_output: y}") == ["PT116"]


@rule("11 capture_streams")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stdout", ("stdout",)),
        ("stderr", ("stderr",)),
        ("both", ("stdout", "stderr")),
        ("'stderr, stdout'", ("stdout", "stderr")),
        ("[stderr, exit_code]", ("stderr",)),
        ("{stdout: false, stderr: true}", ("stderr",)),
        ("{stderr: true, duration: true}", ("stdout", "stderr")),
        ("{success: 'yes'}", ("stdout",)),
    ],
)
def test_the_streams_of_a_capture(text, expected):
    assert capture(f"capture_streams: {text}").streams == expected
    assert capture("capture: x").streams is None


@rule("11 output_file form")
@pytest.mark.parametrize(
    ("path", "expected"), [("out/${run.id}.txt", []), ("/a", ["PT801"]), ("../a", ["PT801"]), (".git/a", ["PT801"])]
)
def test_the_file_of_the_output_stays_in_the_worktree(path, expected):
    (found,), problems = read(f"- {{shell: a, output_file: '{path}'}}\n")

    assert (found.output_file, problems) == (path, expected)


@rule("11 outputs")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a, b]", (OutputSpec(name="a"), OutputSpec(name="b"))),
        ("a", (OutputSpec(name="a"),)),
        ("{a: {file_pattern: '*.md'}}", (OutputSpec(name="a", pattern="*.md"),)),
        (
            "{a: {file_pattern: 'x/${run.id}', required: false}}",
            (OutputSpec(name="a", pattern="x/${run.id}", required=False),),
        ),
        ("{a: null, b: {required: false}}", (OutputSpec(name="a"), OutputSpec(name="b", required=False))),
    ],
)
def test_the_outputs_of_a_step(text, expected):
    assert step(f"{{shell: a, outputs: {text}}}").outputs == expected


@rule("11 names")
@pytest.mark.parametrize(
    "name", ["item", "last", "1x", "a.b", "PATH", "GIT_DIR", "LD_PRELOAD", "PRODIGY_X", "PYTHONPATH"]
)
@pytest.mark.parametrize("fields", ["capture: {}", "outputs: [{}]", "outputs: {{{}: null}}", "capture_output: {}"])
def test_names_that_nothing_can_have(name, fields):
    assert codes(f"{{shell: a, {fields.format(name)}}}") == ["PT205"]


@rule("11 names")
def test_no_capture_has_the_name_of_a_secret():
    problems = load_text("secrets: {TOKEN: A}\nsteps: [{shell: a, capture: TOKEN}]\n", "w.yml").problems

    assert "PT205" in [problem.code for problem in problems]


@rule("11 declared")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${x} ${x.stderr} ${x.any.thing}", []),
        ("${report} ${s.report} ${steps.s.report} ${steps.s.outputs.report}", []),
        ("${other}", ["PT302"]),
    ],
)
def test_captures_and_outputs_are_names_that_texts_can_use(text, expected):
    steps = f"- {{shell: a, id: s, capture: x, outputs: [report]}}\n- {{claude: '{text}'}}\n"

    assert read(steps)[1] == expected


@rule("11 set anyway")
@pytest.mark.parametrize("name", ["shell.output", "claude.output", "last.output"])
def test_a_capture_of_what_is_set_anyway_changes_nothing(name):
    (found,), problems = read(f"- {{shell: a, capture: {name}}}\n")

    assert (found.capture.name, problems) == (None, ["PT901"])


def test_captures_and_outputs_run_in_this_version():
    text = (
        "- {shell: a, capture: x, capture_streams: both, capture_default: '', output_file: o, outputs: [r]}\n"
        "- {analyze: {}}\n"
    )

    assert load_text(text, "w.yml").workflow is not None
