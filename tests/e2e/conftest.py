"""What the end-to-end tests share: the real program, a scripted service on loopback, a home of its own."""

import os
import subprocess
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from prodigy_tui.agents.claude import find_program
from tests.support import mock_anthropic

Environment = dict[str, str]


@pytest.fixture(autouse=True)
def _claude_code() -> None:
    if find_program(os.environ) is None:
        pytest.skip("Claude Code is not installed: pip install 'prodigy-tui[e2e]', or put `claude` on PATH")


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[ThreadingHTTPServer]:
    """The stand-in for the service, with the `SCRIPTS` of the test's module."""
    server = mock_anthropic.serve(scripts=request.module.SCRIPTS)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def env(tmp_path: Path, service: ThreadingHTTPServer) -> Environment:
    """An environment from which nothing but the stand-in can be reached, with a dummy key."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "LANG": "C.UTF-8",
        "PRODIGY_HOME": str(tmp_path / "state"),
        "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{service.server_port}",
        "ANTHROPIC_API_KEY": "dummy-test-key",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": f"{what.lower()}@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }


@pytest.fixture
def git(repo: Path, env: Environment) -> Callable[..., str]:
    """Git in the repository of the test."""

    def call(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=repo, env=env, check=True, capture_output=True, text=True)
        return done.stdout

    return call


@pytest.fixture
def repo(tmp_path: Path, env: Environment) -> Path:
    """A repository with one commit and one slash command."""
    repo = tmp_path / "repo"
    commands = repo / ".claude" / "commands"
    commands.mkdir(parents=True)
    (commands / "make-file.md").write_text("Make the file $ARGUMENTS [[mock:write-commit file=$0]]\n")
    for arguments in (["init", "-q", "-b", "main"], ["add", "--all"], ["commit", "-q", "-m", "start"]):
        subprocess.run(["git", *arguments], cwd=repo, env=env, check=True)
    return repo
