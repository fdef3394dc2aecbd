"""What `setup.capture_outputs` makes of a step's output, stage by stage."""

import pytest

from prodigy_tui.workflow.model import SetupCapture
from prodigy_tui.workflow.setup_values import StageFailed, setup_value
from tests.support.rules import rule


def value(stdout="", stderr="", combined="", **options):
    return setup_value(SetupCapture(name="x", **options), stdout=stdout, stderr=stderr, combined=combined)


@rule("11 setup both")
@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("stdout", "out"),
        ("stderr", "err"),
        ("both", "stdout:\nout\nstderr:\nerr"),
        ("combined", "err\nout"),
    ],
)
def test_the_source_is_a_stream_or_both(source, found):
    assert value("out", "err", "err\nout\n", source=source) == found


@rule("11 setup cut")
@pytest.mark.parametrize(
    ("size", "found"),
    [(100, "one\ntwo"), (8, "one\ntwo"), (7, "one"), (6, "one"), (4, "one"), (3, ""), (0, "")],
)
def test_long_text_is_cut_after_its_last_complete_line(size, found):
    assert value("one\ntwo\n", max_size=size) == found


@rule("11 setup cut")
def test_the_size_counts_bytes_and_no_character_is_torn():
    assert value("ää\nöö\n", max_size=9) == "ää"


@rule("11 setup group")
@pytest.mark.parametrize(
    ("pattern", "found"), [("v([0-9.]+)", "1.2"), ("v[0-9.]+", "v1.2"), ("(x)?v1", ""), ("(?m)^tag (.*)$", "v1.2")]
)
def test_a_pattern_gives_its_first_group_or_the_match(pattern, found):
    assert value("tag v1.2\n", pattern=pattern) == found


@rule("11 setup part")
@pytest.mark.parametrize("path", ["$.a.b[0]", "a.b[0]", "a.b.0"])
def test_a_path_gives_a_part_of_json(path):
    assert value('{"a": {"b": [7, 8]}}', json_path=path) == 7


@rule("11 setup stages")
def test_the_stages_follow_each_other():
    text = 'x\nresult: {"names": "one\\ntwo\\n"}\nrest'

    assert value(text, max_size=40, pattern="result: (.*)", json_path="$.names", multiline="last_line") == "two"


@rule("11 setup lines")
@pytest.mark.parametrize(
    ("multiline", "found"),
    [
        ("preserve", "a\nb"),
        ("join", "a b"),
        ("first_line", "a"),
        ("last_line", "b"),
        ("array", ["a", "b"]),
    ],
)
def test_several_lines_are_made_what_is_wanted(multiline, found):
    assert value("a\nb\n", multiline=multiline) == found


@rule("11 setup fails")
@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"pattern": "z"}, "nothing matches the pattern 'z'"),
        ({"json_path": "$.a"}, "the text is not JSON: line 1, column 1: "),
        ({"json_path": "$.zz", "pattern": "{.*}"}, "there is nothing at '$.zz'"),
    ],
)
def test_a_stage_that_fails_says_why_or_gives_the_default(options, why):
    text = 'no json {"a": 1}'

    with pytest.raises(StageFailed) as failed:
        value(text, **options)

    assert str(failed.value).startswith(why)
    assert value(text, **options, has_default=True, default=[1]) == [1]
