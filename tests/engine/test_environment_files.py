"""Files of variables and profiles (language 12.2)."""

import asyncio

import pytest

from prodigy_tui.engine.variables.secrets import EnvironmentRejected
from tests.support.rules import rule


async def test_a_profile_changes_what_others_are_made_of(lab):
    ran = await lab.run("""
    env: {HOST: dev, URL: "http://${HOST}"}
    profiles: {prod: {HOST: example.org}}
    profile: prod
    steps: ['echo "$URL"']
    """)

    assert ran.said()["0"] == "http://example.org"


@rule("12.2 files", "12.2 formats", "12.2 references", "12.4 files in order", "12.2 dotenv")
async def test_files_in_three_formats_the_last_one_wins(lab):
    (lab.folder / "a.env").write_text("A=1\nB='${A} $(x)'\nexport C=c # c\n")
    (lab.folder / "b-prod.json").write_text('{"A": "2", "D": 1.10, "HOME": null}')
    (lab.folder / "c.txt").write_text("A: 3\nE: yes\n")
    ran = await lab.run(
        """
    env_files: [a.env, "b-$1.json", {path: c.txt, format: yaml}, missing.env, {path: gone, required: false}]
    env: {F: "${A}${D}", D: "d${D}"}
    steps: ['echo "$A $B $C $D $E $F [${HOME-unset}] ${env.E}"']
    """,
        arguments=("prod",),
    )

    assert ran.said()["0"] == "3 ${A} $(x) c d1.10 yes 3d1.10 [unset] yes"
    assert [warned.code for warned in ran.state.warnings] == ["PT321", "PT321"]
    assert "the file of variables 'missing.env' cannot be read: No such file or directory" in ran.warnings()


@rule("12.2 required", "12.2 malformed")
async def test_a_required_file_that_is_missing_or_malformed_prevents_the_start(lab):
    (lab.folder / "bad.env").write_text("A=1\nnot a line\n\nB='open\n")
    with pytest.raises(EnvironmentRejected) as raised:
        await lab.run("""
        env_files: [{path: gone.env}, bad.env]
        steps: [a]
        """)

    assert raised.value.unsaid == (
        "work.yml:2:20: error PT321 at env_files[0].path: the file of variables 'gone.env' cannot be read: "
        "No such file or directory",
        "bad.env:2:1: error PT321: it has no form 'KEY=value'",
        "bad.env:4:1: error PT321: its value does not end with the closing '",
    )
    assert list(lab.home.runs()) == []


@pytest.mark.parametrize(
    ("environ", "given", "expected"),
    [({}, None, "top"), ({"PRODIGY_PROFILE": "envd"}, None, "envd"), ({"PRODIGY_PROFILE": "envd"}, "flag", "flag")],
)
@rule("12.2 active", "12.2 profiles")
async def test_the_active_profile(lab, environ, given, expected):
    (lab.folder / "p.env").write_text("FROM=file\nWHICH=file\n")
    lab.environ |= environ
    ran = await lab.run(
        """
    profiles:
      top: {WHICH: top, description: flat}
      envd: {WHICH: envd}
      flag: {env: {WHICH: flag}, env_files: p.env, description: nested}
    profile: top
    env: {WHICH: none, FROM: env}
    steps: ['echo "$WHICH $FROM ${run.profile} $active_profile"']
    """,
        profile=given,
    )

    assert ran.said()["0"] == f"{expected} {'file' if given else 'env'} {expected} {expected}"
    assert ran.state.settings.profile == expected


@rule("12.2 unknown")
async def test_an_unknown_profile_prevents_the_start(lab):
    with pytest.raises(EnvironmentRejected) as raised:
        await lab.run("profiles: {a: {X: 1}}\nsteps: [a]\n", profile="b")

    assert raised.value.unsaid == ("work.yml:1:11: error PT322 at profiles: there is no profile 'b'; there are a",)


@rule("12.2 active")
async def test_a_resumed_run_keeps_the_profile_of_its_start(lab):
    ran = await lab.run("""
    profiles: {a: {X: a}, b: {X: b}}
    steps: ['printf "%s" "$X-$PRODIGY_PROFILE" > "$OUTSIDE/seen"; test -e "$OUTSIDE/go"']
    env: {X: none}
    """)
    (lab.outside / "go").touch()
    lab.environ["PRODIGY_PROFILE"] = "b"

    await lab.reopen(ran)

    assert await asyncio.to_thread((lab.outside / "seen").read_text) == "none-b"
