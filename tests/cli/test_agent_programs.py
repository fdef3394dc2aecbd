"""Whole runs with agent programs besides Claude Code: stand-ins that play recorded streams, and commit."""

import os
import textwrap
from pathlib import Path

import pytest

from tests.support.agents import AGENT_STREAMS
from tests.support.project import Project

OK = {
    "codex": ("codex-text", "Hello from the mock.", "1050", "0.0013", "00000000-0000-4000-8000-000000000001"),
    "gemini": ("gemini-text", "Hello from the mock.", "1050", "-", "00000000-0000-4000-8000-000000000001"),
    "qwen": ("qwen-tool", "done", "8100", "0.0093", "00000000-0000-4000-8000-000000000001"),
    "opencode": ("opencode-text", "Hello from the mock.", "4250", "0.0054", "ses_01"),
}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts programs on PATH that print a stream and then commit what they find in their folder."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def install(name: str, stream: str, exit_code: int = 0) -> None:
        program = folder / name
        program.write_text(
            f"#!/bin/sh\ncat > prompt.txt\nprintf '%s\\n' \"$@\" > arguments.txt\n"
            f"echo 'moans one' >&2; printf 'moans two' >&2\n"
            f"cat '{AGENT_STREAMS / stream}.jsonl'\n"
            f"git add --all && git commit --quiet --message 'by {name}'\nexit {exit_code}\n"
        )
        program.chmod(0o755)

    return install


@pytest.mark.parametrize("name", list(OK))
def test_what_an_agent_says_costs_and_commits_is_known(project: Project, programs, tmp_path: Path, name: str) -> None:
    stream, text, tokens, usd, session = OK[name]
    programs(name, stream)
    work = project.workflow(
        textwrap.dedent(f"""
            name: w
            steps:
              - agent: "Do it, $(now) `now`"
                provider: {name}
                model: gpt-5
                commit_required: true
              - shell: |
                  printf '%s\\n' "${{agent.output}}" "${{agent.tokens}}" "${{agent.cost_usd|default:-}}" \\
                    "${{agent.session_id}}" > '{tmp_path}/seen'
        """)
    )

    called = project.call("run", work, "-y", "--json")

    assert called.code == 0, called.err
    seen = (tmp_path / "seen").read_text().splitlines()
    assert (seen[0], seen[1], seen[3]) == (text, tokens, session)
    assert seen[2].startswith(usd)
    assert project.repo.read("prompt.txt") == "Do it, $(now) `now`"
    assert project.call("logs", "last", "steps", "--stderr").out.splitlines() == ["moans one", "moans two"]
    assert called.json["usage"]["usd"] is None or called.json["usage"]["usd"] > 0


def test_what_was_chosen_for_another_provider_does_not_reach_it(project: Project, programs) -> None:
    programs("codex", "codex-text")
    work = project.workflow("""
        name: w
        steps:
          - claude: {prompt: hello, model: sonnet, options: {max_turns: 3}}
    """)

    called = project.call("run", work, "-y", "--json", "--provider", "codex")

    assert called.code == 0, called.err
    arguments = project.repo.read("arguments.txt").splitlines()
    assert arguments[0] == "exec"
    assert not any("sonnet" in argument for argument in arguments)


@pytest.mark.parametrize(
    ("name", "stream", "exit_code", "reason"),
    [
        ("codex", "codex-401", 1, "unexpected status 401 Unauthorized"),
        ("codex", "codex-items", 0, "not permitted: shell; choose another options.sandbox"),
        ("gemini", "gemini-denied", 0, "not permitted: run_shell_command; add to options.allowed_tools"),
        ("gemini", "gemini-400", 144, "[API Error: "),
        ("qwen", "qwen-401", 0, "[API Error: 401 "),
        ("qwen", "qwen-denied", 0, "not permitted: run_shell_command; add to options.allowed_tools"),
        ("opencode", "opencode-rejected", 0, "not permitted: read; allow it in options.permission"),
        ("opencode", "opencode-401", 1, "mock authentication_error"),
    ],
)
def test_an_agent_that_did_not_do_it_fails_its_item(
    project: Project, programs, name, stream, exit_code, reason
) -> None:
    programs(name, stream, exit_code)
    work = project.workflow(f"""
        name: w
        map:
          input: [{{id: one}}]
          agent_template: [{{agent: hello, provider: {name}}}]
    """)

    called = project.call("run", work, "-y", "--json")

    assert called.code == 1, called.err
    (entry,) = project.call("dlq", "list", "--json").json["entries"]
    assert reason in entry["message"]
    assert "prompt.txt" not in project.repo.git("ls-tree", "--name-only", "main")
