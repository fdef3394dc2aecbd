"""The providers besides `claude` with the real programs, where they are installed; their services are stand-ins.

Nothing leaves the machine but what the programs do by themselves; they get dummy keys and a home of their own.
"""

import asyncio
import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prodigy_tui.agents import PROVIDERS, Denied, Started, ToolAnswered
from prodigy_tui.process import StopRequest
from tests.support import mock_anthropic, mock_models
from tests.support.agents import Heard, agent_call, call_provider

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(180)]

WRITE = "echo made > a.txt"
SCRIPTS = {
    "hello": [{"text": mock_models.ANSWER}],
    "qwen-shell": [
        {"tool": "run_shell_command", "input": {"command": WRITE, "description": "d", "is_background": False}},
        {"text": "done"},
    ],
    "opencode-shell": [{"tool": "bash", "input": {"command": WRITE, "description": "d"}}, {"text": "done"}],
    "opencode-outside": [{"tool": "read", "input": {"filePath": "/etc/hostname"}}, {"text": "done"}],
    "bad": [{"status": 400, "error": "invalid_request_error"}],
}
SLOW = "echo begun > begun.txt; sleep 300"
SCRIPTS |= {
    "qwen-slow": [
        {"tool": "run_shell_command", "input": {"command": SLOW, "description": "d", "is_background": False}},
        {"text": "done"},
    ],
    "opencode-slow": [{"tool": "bash", "input": {"command": SLOW, "description": "d"}}, {"text": "done"}],
}
SLOWLY = {
    "codex": "TOOL:" + json.dumps({"name": "exec_command", "args": {"cmd": SLOW}}),
    "gemini": "TOOL:" + json.dumps({"name": "run_shell_command", "args": {"command": SLOW, "description": "d"}}),
    "qwen": "[[mock:qwen-slow]]",
    "opencode": "[[mock:opencode-slow]]",
}
HELLO = {"codex": "hello", "gemini": "hello", "qwen": "[[mock:hello]]", "opencode": "[[mock:hello]]"}
SHELL = {
    "codex": "TOOL:" + json.dumps({"name": "exec_command", "args": {"cmd": WRITE}}),
    "gemini": "TOOL:" + json.dumps({"name": "run_shell_command", "args": {"command": WRITE, "description": "d"}}),
    "qwen": "[[mock:qwen-shell]]",
    "opencode": "[[mock:opencode-shell]]",
}
FAILURE = {"codex": "FAIL:400", "gemini": "FAIL:400", "qwen": "[[mock:bad]]", "opencode": "[[mock:bad]]"}
MODELS = {
    "codex": "gpt-5",
    "gemini": "gemini-2.5-flash",
    "qwen": "claude-sonnet-4-5",
    "opencode": "anthropic/claude-sonnet-4-5",
}


@pytest.fixture(scope="module")
def services() -> Iterator[tuple[str, str]]:
    """The addresses of the stand-ins: for models of all kinds, and for Claude's."""
    servers = mock_models.serve(), mock_anthropic.serve(scripts=SCRIPTS)
    models, claude = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    yield models, claude
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A worktree of a repository, as agents have them."""
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    env |= {f"GIT_{who}_{what}": "x@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for folder, arguments in (
        (tmp_path, ["init", "-q", "-b", "main", "repo"]),
        (tmp_path / "repo", ["commit", "-q", "--allow-empty", "-m", "start"]),
        (tmp_path / "repo", ["worktree", "add", "-q", "../work"]),
    ):
        subprocess.run(["git", *arguments], cwd=folder, env=env, check=True)
    return tmp_path / "work"


@pytest.fixture
def env(repo: Path, services: tuple[str, str]) -> dict[str, str]:
    models, claude = services
    # Codex puts nothing of its own into the system's folder for temporary files.
    home = Path.home() / f".prodigy-test-{uuid.uuid4().hex[:8]}"
    (home / ".gemini").mkdir(parents=True)
    (home / ".codex").mkdir()
    auth = {"security": {"auth": {"selectedType": "gemini-api-key"}}, "general": {"disableAutoUpdate": True}}
    (home / ".gemini" / "settings.json").write_text(json.dumps(auth))
    opencode = {"provider": {"anthropic": {"options": {"baseURL": f"{claude}/v1", "apiKey": "dummy"}}}}
    yield {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "GEMINI_API_KEY": "dummy",
        "GOOGLE_GEMINI_BASE_URL": models,
        "MOCK_KEY": "dummy",
        "ANTHROPIC_BASE_URL": claude,
        "ANTHROPIC_API_KEY": "dummy",
        "OPENCODE_CONFIG_CONTENT": json.dumps(opencode),
    }
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def call(repo: Path, env: dict[str, str], services: tuple[str, str]) -> Callable:
    """Calls a program, if it is there, with what it needs to talk to the stand-ins."""
    base = {
        "codex": {
            "config": {
                "model_provider": "mock", "model_providers.mock.name": "mock",
                "model_providers.mock.env_key": "MOCK_KEY",
                "model_providers.mock.base_url": f"{services[0]}/v1", "model_providers.mock.wire_api": "responses",
                "model_providers.mock.request_max_retries": 0, "model_providers.mock.stream_max_retries": 0,
                "analytics.enabled": False,
            }
        },
        "qwen": {"auth_type": "anthropic"},
    }  # fmt: skip

    async def run(name, prompt, options=None, **fields):
        if PROVIDERS[name].missing(env) is not None:
            pytest.skip(f"the program '{name}' is not installed")
        heard = Heard()
        made = agent_call(
            repo,
            prompt,
            env=env,
            model=MODELS[name],
            session_id=str(uuid.uuid4()),
            options={**base.get(name, {}), **(options or {})},
            timeout_s=120,
            **fields,
        )
        return await call_provider(PROVIDERS[name], made, heard), heard

    return run


@pytest.mark.parametrize("name", list(HELLO))
async def test_it_answers_and_goes_on(call, name):
    first, heard = await call(name, HELLO[name])

    assert (first.ok, first.text) == (True, mock_models.ANSWER), first.reason
    assert heard.of(Started)[0].session_id == first.session_id
    assert first.usage.output_tokens > 0
    assert (first.usage.usd is None) is (name == "gemini"), "the stand-in's model has no price"

    past = (first.usage.input_tokens, first.usage.output_tokens)
    again, _ = await call(
        name, HELLO[name], resume=first.session_id, resumed_tokens=past, resumed_usd=first.usage.usd or 0.0
    )

    assert (again.ok, again.session_id) == (True, first.session_id), again.reason
    assert again.usage.output_tokens <= first.usage.output_tokens, "the past is not counted again"


@pytest.mark.parametrize("name", list(HELLO))
async def test_a_conversation_that_is_not_there_is_lost(call, name):
    unknown = "ses_none" if name == "opencode" else "99999999-2222-4333-8444-555555555555"

    result, _ = await call(name, HELLO[name], resume=unknown)

    assert (result.kind, result.lost) == ("agent", True), result.reason


@pytest.mark.parametrize("name", list(SLOWLY))
async def test_an_interrupted_conversation_is_gone_on_with(call, repo, name):
    stop = StopRequest()

    async def interrupt():
        while not (repo / "begun.txt").exists():  # noqa: ASYNC110 - the other side is a program
            await asyncio.sleep(0.1)
        stop.ask()

    interrupting = asyncio.create_task(interrupt())
    try:
        first, _ = await call(name, SLOWLY[name], stop=stop, grace_s=5.0)
    finally:
        interrupting.cancel()
    assert first.kind in ("cancelled", "agent"), first

    again, _ = await call(name, HELLO[name], resume=first.session_id)

    assert (again.ok, again.session_id, again.text) == (True, first.session_id, mock_models.ANSWER), again


@pytest.mark.parametrize("name", list(SHELL))
async def test_by_default_it_may_change_files_of_its_worktree(call, repo, name):
    result, heard = await call(name, SHELL[name])

    assert result.ok, result.reason
    assert all(message.ok for message in heard.of(ToolAnswered))
    assert (repo / "a.txt").read_text() == "made\n"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("gemini", {"allowed_tools": []}),
        ("gemini", {"approval_mode": "plan", "allowed_tools": []}),
        ("qwen", {"allowed_tools": []}),
        ("qwen", {"approval_mode": "plan", "allowed_tools": []}),
        ("opencode", {"permission": {"bash": "deny"}}),
    ],
)
async def test_what_is_not_permitted_is_denied(call, repo, name, options):
    result, heard = await call(name, SHELL[name], options)

    assert result.kind == "denied", result
    assert not (repo / "a.txt").exists()
    assert name == "qwen" or heard.of(Denied)


async def test_opencode_denies_what_it_would_ask(call):
    result, heard = await call("opencode", "[[mock:opencode-outside]]")

    assert result.kind == "denied"
    assert [message.tool for message in heard.of(Denied)] == ["read"]


async def test_the_sandbox_of_codex_holds(call, repo):
    outside = "TOOL:" + json.dumps({"name": "exec_command", "args": {"cmd": f"touch {Path.home()}/.prodigy-escape"}})
    commit = "TOOL:" + json.dumps({"name": "exec_command", "args": {"cmd": "git commit --allow-empty -m x"}})

    for wish, options in ((outside, {}), (commit, {}), (SHELL["codex"], {"sandbox": "read-only"})):
        # It does not always tell of a command that fails at once.
        result, heard = await call("codex", wish, options)
        assert result.ok, result.reason
        assert not any(message.ok for message in heard.of(ToolAnswered))
    assert not (Path.home() / ".prodigy-escape").exists()
    assert not (repo / "a.txt").exists()


@pytest.mark.parametrize("name", list(FAILURE))
async def test_a_service_that_refuses_for_good_fails_it(call, name):
    result, _ = await call(name, FAILURE[name])

    assert (result.ok, result.kind) == (False, "agent"), result
