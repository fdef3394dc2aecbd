"""Secrets in texts (language 8.3): the shell expands them itself, plain text does not show them."""

import pytest

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render, secrets_in
from prodigy_tui.workflow.references import Mode
from prodigy_tui.workflow.variables import Scope, Value
from tests.support.rules import rule

SCOPE = Scope(
    names=[{"TOKEN": Value("hush", trusted=True), "name": Value("n"), "data": Value("d d")}],
    roots={
        "env": Value({"TOKEN": "hush", "PORT": "80"}, trusted=True),
        "param": Value({"TOKEN": "hush", "x": 1}, trusted=True),
    },
    environment={"OUTER": "hush"},
    declared={"TOKEN", "name", "data"},
    secrets={"TOKEN", "OUTER"},
)


def text(written: str, mode: Mode) -> str:
    return render(parse_text(written, mode), SCOPE)


@rule("8.3 secret in shell text")
@pytest.mark.parametrize(
    ("written", "given_to_shell"),
    [
        ("curl -H ${TOKEN}", "curl -H ${TOKEN}"),
        ('curl -H "X: ${TOKEN}" ${data}', "curl -H \"X: ${TOKEN}\" 'd d'"),
        ("a ${env.TOKEN} ${env:TOKEN} ${param.TOKEN}", "a ${TOKEN} ${TOKEN} ${TOKEN}"),
        ("a ${TOKEN:-none} ${OUTER}", "a ${TOKEN} ${OUTER}"),
        ("cat <<E\n${TOKEN} ${data}\nE\n", "cat <<E\n${TOKEN} d d\nE\n"),
        ('x="$(curl "${TOKEN}")"', 'x="$(curl "${TOKEN}")"'),
        # The shell reads what stands in backticks twice.
        ("x=`curl ${TOKEN}`", "x=`curl \\${TOKEN}`"),
        ("a $((${TOKEN} + 1))", "a $((${TOKEN} + 1))"),
        ('a "${X:-${TOKEN}}" ${X:-${TOKEN}}', 'a "${X:-${TOKEN}}" ${X:-${TOKEN}}'),
        ("a ${V%${TOKEN}}", "a ${V%${TOKEN}}"),
        ("eval a ${TOKEN}", "eval a ${TOKEN}"),
        ("a '$TOKEN' $TOKEN", "a '$TOKEN' $TOKEN"),
    ],
)
def test_a_secret_is_left_for_the_shell(written: str, given_to_shell: str) -> None:
    assert text(written, "shell") == given_to_shell


@rule("8.3 secret stays literal")
@pytest.mark.parametrize(
    "written",
    ["a '${TOKEN}'", "cat <<'E'\n${TOKEN}\nE\n", "a # ${TOKEN}\n", "a $'${TOKEN}'", "a ${V%'${TOKEN}'}"],
)
def test_a_secret_where_the_shell_expands_nothing_is_refused(written: str) -> None:
    with pytest.raises(InterpolationError, match=r"PT333: the secret 'TOKEN' stays literal here"):
        text(written, "shell")


@rule("8.3 secret in shell text")
@pytest.mark.parametrize("written", ["${TOKEN:upper}", "${TOKEN:raw}", "${env.TOKEN:length:-1}"])
def test_a_secret_is_never_inserted_into_shell_text(written: str) -> None:
    with pytest.raises(InterpolationError, match=r"PT333: .* is left for the shell"):
        text(written, "shell")


@rule("8.3 secret in plain text")
@pytest.mark.parametrize(
    "written", ["${TOKEN}", "$TOKEN", "${env.TOKEN}", "${env:TOKEN:upper}", "${param.TOKEN}", "$OUTER", "${no:-$TOKEN}"]
)
def test_a_secret_is_not_written_into_plain_text(written: str) -> None:
    with pytest.raises(InterpolationError, match=r"PT333: '(TOKEN|OUTER)' is a secret"):
        text(written, "plain")


@rule("8.3 secret in plain text")
def test_a_secret_that_is_asked_for_raw_is_written() -> None:
    assert text("${TOKEN:raw} ${env.TOKEN:raw} ${OUTER:raw}", "plain") == "hush hush hush"


@rule("8.3 secret in env")
def test_a_secret_may_stand_in_a_value_of_env_and_makes_it_one() -> None:
    template = parse_text("Bearer ${TOKEN} ${no:-${env.TOKEN}}", "plain")

    assert render(template, SCOPE, secrets=True) == "Bearer hush hush"
    assert secrets_in(template, {"TOKEN", "OTHER"}) == {"TOKEN"}
    assert secrets_in(parse_text("${name}", "plain"), {"TOKEN"}) == frozenset()


@rule("8.3 secret in plain text")
@pytest.mark.parametrize("written", ["${env}", "${env[*]}", "${param:json}", "${param:lines}"])
def test_all_variables_together_show_no_secret(written: str) -> None:
    assert "hush" not in text(written, "plain")


@rule("8.2 json", "8.3 secret in plain text")
def test_a_secret_is_not_looked_into() -> None:
    with pytest.raises(InterpolationError, match="PT333"):
        text("${json:a:from:TOKEN}", "plain")
