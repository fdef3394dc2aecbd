"""The form and order of problems."""

import pickle

from prodigy_tui.errors import ExitCode
from prodigy_tui.workflow.problems import (
    Problem,
    Report,
    WorkflowRejected,
    as_validated,
    has_errors,
    quoted,
    sort_problems,
    to_lines,
)
from tests.support.rules import rule


def make(code="PT110", line=1, column=1, file="w.yml", **fields):
    values = {"severity": "error", "path": "steps[2].shel", "message": "unknown key 'shel'", "hint": ""} | fields
    return Problem(code=code, file=file, line=line, column=column, **values)


@rule("2.4 text form")
def test_the_text_form_is_one_line_with_place_and_hint():
    problem = make(line=3, column=5, hint="did you mean 'shell'?")

    expected = "w.yml:3:5: error PT110 at steps[2].shel: unknown key 'shel'; did you mean 'shell'?"
    assert str(problem) == expected


def test_without_path_and_hint_nothing_is_left_dangling():
    assert str(make(code="PT102", path="", message="empty")) == "w.yml:1:1: error PT102: empty"


@rule("2.4 json form")
def test_the_json_form_has_the_keys_of_the_language_in_order():
    assert list(make().as_json()) == ["code", "severity", "file", "line", "column", "path", "message", "hint"]


@rule("2.4 order")
def test_order_is_file_line_column_code():
    a = make(file="b.yml", line=1)
    b = make(file="a.yml", line=2, column=3)
    c = make(file="a.yml", line=2, column=1, code="PT202")
    d = make(file="a.yml", line=2, column=1, code="PT110")

    assert sort_problems([a, b, c, d], ["b.yml", "a.yml"]) == (a, d, c, b)


def test_validate_shows_what_is_not_available_as_a_warning():
    missing, wrong = make(code="PT199"), make()

    assert [p.severity for p in as_validated([missing, wrong])] == ["warning", "error"]
    assert not has_errors(as_validated([missing]))
    assert has_errors(as_validated([missing]), strict=True)


def test_the_same_words_at_the_same_place_count_once():
    report = Report("w.yml")

    for path in ("steps[0].x", "steps[1].x"):
        report.add_at("PT110", (1, 2), path, "unknown key 'x'")

    assert [problem.path for problem in report.problems()] == ["steps[0].x"]


@rule("19 problems")
def test_past_the_limit_problems_are_only_counted():
    lines = to_lines([make(line=number) for number in range(1, 6)], limit=3)

    assert len(lines) == 4
    assert lines[-1] == "… and 2 more problems"


def test_a_rejected_workflow_is_a_usage_error_that_survives_pickling():
    error = WorkflowRejected([make(), make(severity="warning")])
    copy = pickle.loads(pickle.dumps(error))

    assert str(copy) == "w.yml has 1 error; nothing was started"
    assert copy.exit_code is ExitCode.USAGE
    assert copy.problems == error.problems


def test_foreign_text_cannot_reach_the_terminal_as_control_characters():
    assert quoted("a\x1b[31m\n") == "'a\\x1b[31m\\n'"
    assert quoted("x" * 100) == "'" + "x" * 59 + "…'"


@rule("2.4 order")
def test_files_come_in_the_order_in_which_they_were_loaded():
    report = Report("a.yml")
    report.enter("z.yml")
    report.enter("b.yml")

    for file in ("b.yml", "other.yml", "z.yml", "a.yml"):
        report.add_at("PT110", (1, 1), "", f"in {file}", file=file)
    report.add_at("PT110", (2, 1), "", "in the file that was asked for")

    assert [(p.file, p.line) for p in report.problems()] == [
        ("a.yml", 1),
        ("a.yml", 2),
        ("z.yml", 1),
        ("b.yml", 1),
        ("other.yml", 1),
    ]
