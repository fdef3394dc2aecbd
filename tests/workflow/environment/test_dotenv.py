"""Files of variables: dotenv line by line, JSON and YAML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.environment.dotenv import parse_dotenv
from prodigy_tui.workflow.environment.files import parse_env_file
from tests.support.rules import rule

GOOD = {
    "A=1": {"A": "1"},
    "  export A = b c  ": {"A": "b c"},
    "A=": {"A": ""},
    "A=b # comment": {"A": "b"},
    "A=b#c": {"A": "b#c"},
    "A=#c": {"A": "#c"},
    "A= # c": {"A": ""},
    "# only\n\n \t\nA=1\r\nB=2": {"A": "1", "B": "2"},
    "A='$x ${y} \\n # \"'": {"A": '$x ${y} \\n # "'},
    "A='a\nb' # c": {"A": "a\nb"},
    'A="a\\nb\\t\\"\\\\\\$\\x $y"': {"A": 'a\nb\t"\\$\\x $y'},
    'A="C:\\\\dir\\\\"\nB="x"': {"A": "C:\\dir\\", "B": "x"},
    'A="a\nb"': {"A": "a\nb"},
    "A=1\nA=2": {"A": "2"},
    "\ufeffA=1": {"A": "1"},
    "A=a'b": {"A": "a'b"},
}
BAD = {
    "A": (1, "it has no form 'KEY=value'"),
    "\n1A=x": (2, "it has no form 'KEY=value'"),
    "A-B=x": (1, "it has no form 'KEY=value'"),
    "A=1\nB='open": (2, "its value does not end with the closing '"),
    'A="open\\"': (1, 'its value does not end with the closing "'),
    "A='x'y": (1, "its value does not end with the closing '"),
    "A='x'#y": (1, "its value does not end with the closing '"),
    "A='it\\'": (1, "its value does not end with the closing '"),
    "A='it\\'s'": (1, "its value does not end with the closing '"),
    '"A"=1': (1, "it has no form 'KEY=value'"),
}


@rule("12.2 dotenv")
@pytest.mark.parametrize(("text", "values"), GOOD.items())
def test_dotenv_is_read_without_interpolation(text, values):
    assert parse_dotenv(text) == (values, ())


@rule("12.2 malformed")
@pytest.mark.parametrize(("text", "fault"), BAD.items())
def test_other_lines_are_faults_and_the_rest_is_read(text, fault):
    values, faults = parse_dotenv(text + "\nLAST=1\n" if "open" not in text else text)

    assert [(found.line, found.message) for found in faults] == [fault]
    assert "open" in text or values["LAST"] == "1"


@given(st.text())
def test_any_text_is_variables_or_faults(text):
    parse_dotenv(text)
    for kind in ("dotenv", "json", "yaml"):
        parse_env_file(text.encode("utf-8", "surrogatepass"), "x", kind)


@rule("12.2 formats")
def test_json_and_yaml_keep_spellings_and_null_removes():
    assert parse_env_file(b'{"A": 1.10, "B": true, "C": null}', "x.json", None) == (
        {"A": "1.10", "B": "true", "C": None},
        (),
    )
    assert parse_env_file(b"A: 1.10\nB: yes\nC: ~\n", "x.yml", None) == ({"A": "1.10", "B": "yes", "C": None}, ())
    assert parse_env_file(b"", "x.yml", None) == ({}, ())


@rule("12.2 malformed")
@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"[1]", "x.json", "it must be a mapping from variables to texts"),
        (b"A: [1]", "x.yaml", "'A' must be text"),
        (b'{"A=B": "x"}', "x.json", "'A=B' cannot be the name of a variable"),
        (b"A=\xff", ".env", "it is not UTF-8"),
    ],
)
def test_what_is_no_file_of_variables(data, name, message):
    _, faults = parse_env_file(data, name, None)

    assert [fault.message for fault in faults] == [message]
