"""Secrets (language 12.3): where they come from, what is shown of them, and what a resumed run needs anew."""

import asyncio

import pytest

from prodigy_tui.engine.recorded import NotResumable
from prodigy_tui.engine.variables.secrets import EnvironmentRejected
from tests.support.rules import rule


@rule("12.1 secret form", "12.1 secret made of")
async def test_secrets_in_env_of_every_form(lab):
    (lab.folder / "key.txt").write_text("\n  file-secret-1 \n")
    lab.environ["MINE"] = "env-secret-1"
    ran = await lab.run("""
    env:
      A: {secret: true, value: "${env:MINE}-more"}
      B: {secret: true, command: "echo command-secret-1"}
      C: {secret: true, provider: file, key: key.txt}
      D: {secret: true, provider: env, key: MINE}
      E: "user:${D}"
    steps:
      - 'printf "%s|" "$A" "$B" "$C" "$D" "$E" "${E}" > "$OUTSIDE/all"; echo "$A $B $C $D $E"'
      - {shell: 'printf %s "$F" > "$OUTSIDE/step"; echo "$F"', env: {F: {secret: true, command: "echo step-secret-1"}}}
    """)

    everything = "env-secret-1-more|command-secret-1|file-secret-1|env-secret-1|user:env-secret-1|user:env-secret-1|"
    assert (lab.outside / "all").read_text() == everything
    assert (lab.outside / "step").read_text() == "step-secret-1"
    assert ran.said() == {"0": "*** *** *** *** user:***", "1": "***"}


@rule("12.3 variable", "12.3 file", "12.3 command", "12.3 left for the shell")
async def test_secrets_from_everywhere(lab):
    lab.environ |= {"ONE": "secret-one", "HOME": str(lab.folder)}
    (lab.folder / "s.txt").write_text("  secret-file\n\n")
    ran = await lab.run("""
    secrets:
      A: ONE
      B: "${env:ONE}"
      C: "${ONE}"
      D: {provider: env, key: ONE}
      E: {provider: file, key: "~/s.txt"}
      F: {provider: command, command: "echo '  ghp_0123456789012345678901234567890123456  '"}
    steps: ['printf "%s|" "$A" "${B}" "$C" "$D" "${env.E}" "$F" > "$OUTSIDE/all"; echo ${A} "${E}" "$F"']
    """)

    token = "ghp_0123456789012345678901234567890123456"
    assert (lab.outside / "all").read_text() == f"secret-one|secret-one|secret-one|secret-one|secret-file|{token}|"
    assert ran.said()["0"] == "*** *** ***"


@rule("12.3 all missing")
async def test_all_missing_secrets_are_listed_and_nothing_starts(lab):
    with pytest.raises(EnvironmentRejected) as raised:
        await lab.run("""
        env: {V: {secret: true, value: "${NOT_SET_AT_ALL}"}, W: {secret: true, command: "echo no >&2; exit 4"}}
        secrets:
          A: NOT_THERE
          B: {provider: file, key: no.txt}
          C: {provider: command, command: "exit 3"}
        steps: [{shell: 'touch "$OUTSIDE/started"', env: {X: {secret: true, provider: env, key: NEITHER}}}]
        """)

    assert [line.split(": ", 2)[2] for line in raised.value.unsaid] == [
        "the secret 'W' is missing: its command failed: exit code 4: no",
        "the secret 'A' is missing: the variable 'NOT_THERE' is not set",
        "the secret 'B' is missing: the file 'no.txt' cannot be read: No such file or directory",
        "the secret 'C' is missing: its command failed: exit code 3",
        "the secret 'V' is missing: unknown variable 'NOT_SET_AT_ALL'",
        "the secret 'X' is missing: the variable 'NEITHER' is not set",
    ]
    assert list(lab.home.runs()) == []


@rule("12.3 short")
async def test_a_short_secret_is_not_masked_and_said_so(lab):
    lab.environ["PIN"] = "123"
    ran = await lab.run("secrets: {A: PIN}\nsteps: ['echo $A']\n")

    assert ran.said()["0"] == "123"
    assert [(w.code, w.message) for w in ran.state.warnings] == [
        ("PT331", "the secret 'A' has fewer than 4 characters and is not masked")
    ]


@rule("12.3 not in text")
async def test_what_holds_a_secret_under_another_name_is_not_put_into_text(lab):
    lab.environ["OTHER_NAME"] = "secret-value-1"
    ran = await lab.run("""
    secrets: {A: OTHER_NAME}
    steps:
      - {write_file: {path: x, content: "${OTHER_NAME}"}, on_failure: 'echo "${error.message}"'}
      - {write_file: {path: x, content: "${env.OTHER_NAME}"}, on_failure: 'echo "${error.message}"'}
      - {shell: 'cat', stdin: "${A:raw}"}
    """)

    assert ran.said()["0"].startswith("PT301")
    assert ran.said()["1"].startswith("PT301")
    assert ran.said()["2"] == "***"


@rule("B.4 step env wins")
async def test_the_env_of_a_step_wins_over_a_secret(lab):
    lab.environ["ONE"] = "secret-one"
    ran = await lab.run("""
    secrets: {A: ONE}
    steps:
      - {shell: 'echo $A ${A}', env: {A: plain}}
    """)

    assert ran.said()["0"] == "plain plain"


@rule("12.3 resume")
async def test_on_resume_secrets_are_resolved_again(lab):
    lab.environ["ONE"] = "secret-one"
    ran = await lab.run("""
    secrets: {A: ONE}
    env: {D: {command: 'echo "d-$A"'}}
    steps:
      - 'echo first'
      - 'printf "%s %s" "$A" "$D" > "$OUTSIDE/seen"; test -e "$OUTSIDE/go"'
    """)
    assert ran.state.status == "failed"
    (lab.outside / "go").touch()
    lab.environ["ONE"] = "secret-two"

    again = await lab.reopen(ran)

    assert again.state.status == "succeeded"
    assert await asyncio.to_thread((lab.outside / "seen").read_text) == "secret-two d-secret-two"


@rule("12.3 resume", "12.3 all missing")
async def test_a_run_whose_secret_is_gone_is_not_resumed(lab):
    lab.environ["ONE"] = "secret-one"
    ran = await lab.run("secrets: {A: ONE}\nsteps: ['false']\n")
    del lab.environ["ONE"]

    with pytest.raises(EnvironmentRejected, match=r"work\.yml has 1 error"):
        await lab.reopen(ran)


@rule("12.3 resume")
async def test_a_secret_that_stands_in_the_workflow_itself_is_not_recorded_so_it_is_not_resumed(lab):
    ran = await lab.run("""
    env: {A: {secret: true, value: literal-secret-1}}
    steps: ['echo "$A"; exit 1']
    """)
    assert "literal-secret-1" not in ran.state.text

    with pytest.raises(NotResumable, match="the value of a secret stands in the workflow itself"):
        await lab.reopen(ran)
