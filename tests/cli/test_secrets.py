"""A run that tells its secrets in every way it can, fails, is resumed and looked at: none of them is left anywhere.

What is looked through: every file below the state folder, and everything that was printed. The worktrees there are
excepted: they hold what steps and agents themselves wrote into the repository, which is theirs.
"""

import base64
import json
import os
import textwrap
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.support.project import Called, Project
from tests.support.rules import rule

SIMPLE = "hunter2-Zq8vY3pLw0"
ODD = "p\"ss wörd/1+x&y=z'\\q"
KEY = "-----BEGIN KEY-----\nMIIabcdefgh12345678ZYXW\nqrstuvwxyz987654321ABCD\nab9=\n-----END KEY-----"
SECRETS = (SIMPLE, ODD, KEY)

TELL = r"""
import base64, json, os, sys, time
from urllib.parse import quote, quote_plus
for name in ("SIMPLE", "ODD", "KEY"):
    value = os.environ[name]
    data = value.encode()
    for stream in (sys.stdout, sys.stderr):
        print("told:", value, file=stream, flush=True)
    print(json.dumps({"v": value}), json.dumps(value, ensure_ascii=False))
    print(quote(value, safe=""), quote(value), quote_plus(value))
    print(base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode(), base64.encodebytes(data).decode())
    print(base64.b64encode(data + b"\n").decode(), flush=True)
    half = len(data) // 2
    for piece in (data[:half], data[half:], b"\n"):
        os.write(1, piece)
        time.sleep(0.02)
    for at in range(0, len(data), 3):
        os.write(2, data[at:at + 3])
        time.sleep(0.002)
    os.write(2, b"\n")
"""

# ruff: noqa: E501 - a workflow that does as much as it can in few lines
WORKFLOW = """
name: teller
secrets: {{SIMPLE: MY_SIMPLE, ODD: MY_ODD, KEY: {{provider: file, key: key.pem}}}}
env:
  URL: "postgres://me:${{SIMPLE}}@host"
  PRINTED: {{command: 'printf "%s" "$ODD"'}}
setup:
  - {{shell: "python3 '{tell}'", capture: told}}
  - {{shell: 'echo "$URL $PRINTED"; echo "$SIMPLE"', capture: cap}}
  - {{shell: 'echo "out=$SIMPLE" >> "$PRODIGY_OUTPUT"; echo "$ODD"', outputs: [out], output_file: said.txt}}
  - {{shell: 'cat', stdin: "${{SIMPLE:raw}} ${{out}}"}}
  - {{shell: 'echo ${{cap}} ${{told}} | head -c 300; echo "$cap"'}}
  - {{shell: 'echo "${{SIMPLE}}-${{ODD}}"; touch "file-$SIMPLE"; ls; git add . && git commit -qm "about $SIMPLE"; git log -1'}}
  - {{write_file: {{path: kept.txt, content: "${{SIMPLE:raw}} ${{cap}}"}}}}
  - {{shell: 'for f in /proc/[0-9]*/cmdline; do tr "\\0" " " < "$f"; echo; done 2> /dev/null > "{outside}/cmdlines"; true'}}
map:
  input: {{shell: 'printf "%s\\n" "$SIMPLE" plain'}}
  agent_template:
    - {{agent: "do ${{item}}", provider: scripted}}
    - {{shell: 'echo "item $PRODIGY_ITEM_VALUE $SIMPLE"; echo "$SIMPLE" > left; echo "why $ODD" >&2; exit 1', when: 'item == "plain"'}}
reduce:
  - {{shell: 'echo "last words: $SIMPLE $ODD" >&2; test -e "{outside}/go"', capture: verdict}}
  - {{shell: 'echo "${{verdict.stderr}}"'}}
merge: {{message: "Done ${{SIMPLE:raw}}", land: true}}
"""


def forms_of(secret: str) -> Iterator[str]:
    """Every form in which a secret must not be found."""
    for value in (secret, *(line for line in secret.splitlines() if len(line) >= 8)):
        data = value.encode()
        stable = len(data) * 8 // 6
        yield from (value, json.dumps(value)[1:-1], quote(value, safe=""), quote(value), quote_plus(value))
        yield base64.b64encode(data).decode()[:stable]
        yield base64.urlsafe_b64encode(data).decode()[:stable]


def found_in(data: bytes, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    return [form for secret in secrets for form in forms_of(secret) if form.encode() in data]


def leaks(project: Project, printed: list[Called]) -> dict[str, list[str]]:
    """Where a secret is, by file or stream."""
    places = {
        str(path): path.read_bytes() + os.fsencode(path.relative_to(project.home))
        for path in project.home.rglob("*")
        if path.is_file() and not path.is_symlink() and "worktrees" not in path.relative_to(project.home).parts
    }
    for number, called in enumerate(printed):
        places |= {f"stdout of call {number}": called.out.encode(), f"stderr of call {number}": called.err.encode()}
    return {place: found for place, data in places.items() if (found := found_in(data))}


@pytest.fixture
def teller(project: Project, monkeypatch: pytest.MonkeyPatch) -> tuple[Project, str, Path]:
    outside = project.home.parent / "outside"
    outside.mkdir()
    tell = outside / "tell.py"
    tell.write_text(TELL)
    (project.home.parent / "key.pem").write_text(f"\n{KEY}\n\n")
    monkeypatch.setenv("MY_SIMPLE", SIMPLE)
    monkeypatch.setenv("MY_ODD", ODD)
    script = project.home.parent / "script.yml"
    script.write_text(
        json.dumps(
            [
                {
                    "match": "do",
                    "do": [
                        {"say": f"I know {SIMPLE} and {ODD} and\n{KEY}"},
                        {"write": {"path": f"made-{SIMPLE}.txt", "content": SIMPLE}},
                        {"commit": f"wrote {SIMPLE}"},
                        {"say": f"done with {json.dumps(ODD)}"},
                    ],
                }
            ]
        )
    )
    text = textwrap.dedent(WORKFLOW).format(tell=tell, outside=outside)
    return project, project.workflow(text), script


@rule(
    "12.3 everywhere",
    "12.3 argv",
    "12.3 value",
    "12.3 lines",
    "12.3 base64",
    "12.3 url",
    "12.3 split",
    "19 secrets in processes",
)
@pytest.mark.timeout(120)
def test_a_run_that_tells_its_secrets_leaves_none_of_them_anywhere(teller: tuple[Project, str, Path]) -> None:
    project, workflow, script = teller
    outside = project.home.parent / "outside"
    printed = [project.call("run", workflow, "--script", script, "-y", "-vv", "--format", "jsonl")]
    (run_id,) = project.runs()
    assert printed[0].code == 1, printed[0].err
    printed.append(project.call("dlq", "list", "last", "--json"))
    printed.append(project.call("resume", "last", "-y", "-vv"))
    (outside / "go").touch()
    printed.append(project.call("resume", "last", "-y", "-vv"))
    assert "landed at" in printed[-1].err
    for arguments in (
        ("runs", "list"),
        ("runs", "list", "--json"),
        ("runs", "show", run_id),
        ("runs", "show", run_id, "--json"),
        ("events", run_id),
        ("events", run_id, "--format", "jsonl"),
        ("replay", run_id, "--at", "999999", "--screenshot", str(project.home / "last.svg")),
        ("dlq", "list", run_id),
    ):
        printed.append(project.call(*arguments))

    assert leaks(project, printed) == {}
    told = b"".join(path.read_bytes() for path in project.home.rglob("*.log"))
    assert told.count(b"***") > 40
    cmdlines = (outside / "cmdlines").read_bytes()
    assert b"cmdline" in cmdlines
    assert found_in(cmdlines) == []
    message = project.repo.git("log", "-1", "--format=%B", "main")
    assert message.startswith("Done ***")


@rule("12.3 all missing")
def test_missing_secrets_are_listed_with_their_places_and_nothing_is_created(project: Project) -> None:
    workflow = project.workflow("secrets: {A: NOT_SET_1, B: NOT_SET_2}\nsteps: ['true']\n")

    called = project.call("run", workflow)

    assert called.code == 2
    lines = called.err.splitlines()
    assert lines[:2] == [
        f"{workflow}:1:11: error PT330 at secrets.A: the secret 'A' is missing: the variable 'NOT_SET_1' is not set",
        f"{workflow}:1:25: error PT330 at secrets.B: the secret 'B' is missing: the variable 'NOT_SET_2' is not set",
    ]
    assert project.runs() == []


@rule("12.3 listings")
def test_variables_given_by_hand_that_are_named_like_secrets_are_masked(project: Project) -> None:
    workflow = project.workflow('- \'test "$MY_TOKEN $PLAIN" = "aaaa-bbbb-cccc seen"; echo $MY_TOKEN $PLAIN\'\n')

    called = project.call("run", workflow, "--env", "MY_TOKEN=aaaa-bbbb-cccc", "--env", "PLAIN=seen", "--merge", "no")

    (run_id,) = project.runs()
    events = project.call("events", run_id, "--format", "jsonl")
    files = b"".join(path.read_bytes() for path in project.home.rglob("*") if path.is_file())
    assert called.code == 0, called.err
    assert b"aaaa-bbbb-cccc" not in files
    assert "aaaa-bbbb-cccc" not in called.out + called.err + events.out
    assert '"PLAIN":"seen"' in events.out.replace(" ", "")


@rule("12.3 listings", "12.3 resume")
def test_they_are_given_again_in_the_environment_on_resume(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = project.workflow("- 'test \"$MY_TOKEN\" = dddd-eeee-ffff'\n")
    project.call("run", workflow, "--env", "MY_TOKEN=aaaa-bbbb-cccc", "--merge", "no")

    refused = project.call("resume", "last")
    monkeypatch.setenv("MY_TOKEN", "dddd-eeee-ffff")
    resumed = project.call("resume", "last", "--merge", "no")

    assert refused.code == 2
    assert "error PT330: the value of 'MY_TOKEN' was given with --env and is not recorded" in refused.err
    assert resumed.code == 0, resumed.err


@rule("19 secrets in processes")
def test_a_crash_report_holds_no_secret(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError(f"something about {SIMPLE}")

    monkeypatch.setenv("MY_SIMPLE", SIMPLE)
    monkeypatch.setattr("prodigy_tui.engine.runner.Runner._carry_out", crash)
    workflow = project.workflow("secrets: {A: MY_SIMPLE}\nsteps: ['true']\n")

    called = project.call("run", workflow, "--merge", "no")

    assert called.code == 70
    assert "something about ***" in called.err
    assert leaks(project, [called]) == {}


def test_the_search_for_leaks_finds_every_form(project: Project) -> None:
    project.home.mkdir()
    for number, form in enumerate(form for secret in SECRETS for form in forms_of(secret)):
        (project.home / f"{number}.txt").write_text(f"x{form}y")
    (project.home / f"name-{SIMPLE}").touch()

    assert len(leaks(project, [])) == len(list(project.home.iterdir()))
    assert leaks(project, [Called(0, "", SIMPLE)])["stderr of call 0"] != []


@rule("12.2 required")
def test_validate_reads_the_files_of_variables(project: Project) -> None:
    workflow = project.workflow("env_files: [a.env, {path: b.env}, '${X}.env']\nsteps: ['true']\n")
    (project.home.parent / "a.env").write_text("A\n")

    called = project.call("validate", workflow)

    folder = project.home.parent
    assert called.code == 2
    assert called.out.splitlines()[-2:] == [
        f"{folder}/a.env:1:1: error PT321: it has no form 'KEY=value'",
        f"{workflow}:1:27: error PT321 at env_files[1].path: the file of variables 'b.env' cannot be read: "
        "No such file or directory",
    ]


@rule("12.2 required", "12.3 short")
def test_with_strict_warnings_about_the_environment_prevent_the_start(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIN", "123")
    workflow = project.workflow("env_files: gone.env\nsecrets: {A: PIN}\nsteps: ['true']\n")

    refused = project.call("run", workflow, "--strict", "--merge", "no")
    started = project.call("run", workflow, "--merge", "no")

    assert (refused.code, started.code) == (2, 0)
    assert refused.err.splitlines()[:2] == [
        f"{workflow}:1:12: warning PT321 at env_files: the file of variables 'gone.env' cannot be read: "
        "No such file or directory",
        f"{workflow}:2:11: warning PT331 at secrets.A: the secret 'A' has fewer than 4 characters and is not masked",
    ]
    assert "(PT321)" in started.err
    assert "(PT331)" in started.err
