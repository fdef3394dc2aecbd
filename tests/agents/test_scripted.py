"""The provider that plays a script."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.agents import PROVIDERS, Said, ToolAnswered, ToolCalled
from prodigy_tui.agents.options import read_options
from prodigy_tui.agents.script import Deed
from prodigy_tui.agents.scripted import NO_RULE
from tests.contracts.provider_contract import ProviderContract
from tests.support.agents import Heard, agent_call, call_provider
from tests.support.children import ENV
from tests.support.clock import FakeClock
from tests.support.rules import rule

SCRIPTED = PROVIDERS["scripted"]
GIT_ENV = {
    **ENV,
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": f"{what.lower()}@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def play(tmp_path, *deeds, match="", prompt="do it", **fields):
    return agent_call(tmp_path, prompt, options={"script": [{"match": match, "do": list(deeds)}]}, **fields)


class TestScripted(ProviderContract):
    provider = SCRIPTED

    def call(self, scenario, tmp_path, **fields):
        deeds = {
            "says": [{"say": "hello token hunter2-long"}],
            "fails": [{"fail": "because\nof this"}],
            "waits": [{"wait": "1h"}],
            "limited": [{"limit": "5m"}],
            "uses": [{"usage": {"input_tokens": 10, "output_tokens": 5, "usd": 0.5}}],
        }
        return play(tmp_path, *deeds[scenario], **fields)


@pytest.fixture
def repo(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True, env=GIT_ENV)
    return tmp_path


def log_of(repo):
    out = subprocess.run(
        ["git", "log", "--format=%s", "--name-only"], cwd=repo, env=GIT_ENV, capture_output=True, text=True, check=True
    )
    return out.stdout.split()


@rule("5.5 runs: scripted")
async def test_the_first_rule_that_matches_prompt_and_attempt_wins(tmp_path):
    script = [
        {"match": "^fix", "attempt": 1, "do": [{"fail": "not yet"}]},
        {"match": "fix", "do": [{"say": "fixed"}]},
        {"match": "", "do": [{"say": "whatever"}]},
    ]

    async def answer(prompt, attempt):
        call = agent_call(tmp_path, prompt, options={"script": script}, attempt=attempt)
        result = await call_provider(SCRIPTED, call)
        return result.text or result.reason

    assert await answer("fix it", 1) == "not yet"
    assert await answer("fix it", 2) == "fixed"
    assert await answer("please fix", 1) == "fixed"
    assert await answer("hello", 1) == "whatever"


@rule("5.5 runs: scripted")
async def test_without_a_match_it_answers_with_a_fixed_text(tmp_path):
    result = await call_provider(SCRIPTED, agent_call(tmp_path))

    assert (result.ok, result.text) == (True, NO_RULE)


@rule("5.5 runs: scripted")
async def test_files_are_written_appended_and_committed(repo):
    heard = Heard()
    call = play(
        repo,
        {"write": {"path": "src/a.txt", "content": "one\n"}},
        {"append": {"path": "src/a.txt", "content": "two\n"}},
        {"commit": "add a"},
        {"say": "Committed."},
        env=GIT_ENV,
    )

    result = await call_provider(SCRIPTED, call, heard)

    assert result.ok
    assert (repo / "src/a.txt").read_text() == "one\ntwo\n"
    assert log_of(repo) == ["add", "a", "src/a.txt"]
    assert [m.summary for m in heard.of(ToolCalled)] == ["src/a.txt", "src/a.txt", "git commit -m add a"]
    assert all(m.ok for m in heard.of(ToolAnswered))


async def test_a_commit_message_is_never_a_flag(repo):
    call = play(repo, {"write": {"path": "a", "content": ""}}, {"commit": "--amend"}, env=GIT_ENV)

    assert (await call_provider(SCRIPTED, call)).ok
    assert log_of(repo) == ["--amend", "a"]


async def test_a_commit_of_nothing_fails(repo):
    result = await call_provider(SCRIPTED, play(repo, {"commit": "nothing"}, {"say": "never"}, env=GIT_ENV))

    assert (result.kind, result.text) == ("agent", "")
    assert "git commit failed" in result.reason


async def test_a_link_that_leads_out_is_refused_when_it_is_there(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)

    result = await call_provider(SCRIPTED, play(root, {"write": {"path": "out/x", "content": "x"}}))

    assert (result.kind, result.reason) == ("agent", "'out/x' leads out of the working directory")
    assert not (tmp_path / "x").exists()


async def test_a_file_that_cannot_be_written_is_a_failure(tmp_path):
    (tmp_path / "folder").mkdir()

    result = await call_provider(SCRIPTED, play(tmp_path, {"write": {"path": "folder", "content": "x"}}))

    assert (result.kind, result.reason) == ("agent", "cannot write 'folder': Is a directory")


@rule("5.5 runs: scripted")
async def test_waiting_takes_the_clocks_time(tmp_path):
    clock = FakeClock(autojump=True)

    result = await call_provider(SCRIPTED, play(tmp_path, {"wait": "1m30s"}, {"wait": 0.5}, {"say": "x"}), clock=clock)

    assert (result.duration_s, clock.monotonic()) == (90.5, 90.5)


@rule("5.5 runs: scripted")
async def test_a_limit_announces_its_end_and_nothing_follows(tmp_path):
    heard = Heard()

    result = await call_provider(SCRIPTED, play(tmp_path, {"limit": "5m"}, {"say": "never"}), heard)

    assert (result.kind, result.limit_s) == ("limit", 300)
    assert not heard.of(Said)


@pytest.mark.slow
async def test_a_pattern_that_explodes_is_cut_off(tmp_path):
    call = play(tmp_path, {"say": "x"}, match="(a|aa)+$", prompt="a" * 200 + "b")

    result = await call_provider(SCRIPTED, call)

    assert result.kind == "agent"
    assert "took too long" in result.reason


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("x", "options.script: "),
        ([{"match": "("}], "options.script[0].match: no regular expression"),
        ([{"match": "a"}], "options.script[0].do is missing"),
        ([{"do": [], "atempt": 1}], "options.script[0].atempt is unknown"),
        ([{"do": [], "attempt": 0}], "options.script[0].attempt: "),
        ([{"do": [{}]}], "options.script[0].do[0]: exactly one of write, append"),
        ([{"do": [{"say": "a", "fail": "b"}]}], "options.script[0].do[0]: exactly one of"),
        ([{"do": [{"shell": "rm"}]}], "options.script[0].do[0].shell is unknown"),
        ([{"do": [{"wait": "soon"}]}], "options.script[0].do[0].wait: "),
        ([{"do": [{"wait": "30s1m"}]}], "options.script[0].do[0].wait: no duration"),
        ([{"do": [{"wait": -1}]}], "options.script[0].do[0].wait: "),
        (
            [{"do": [{"write": {"path": "../x", "content": ""}}]}],
            "options.script[0].do[0].write.path: must not hold '..'",
        ),
        (
            [{"do": [{"append": {"path": "/x", "content": ""}}]}],
            "options.script[0].do[0].append.path: must be a relative",
        ),
        (
            [{"do": [{"write": {"path": "a/.GIT/x", "content": ""}}]}],
            "options.script[0].do[0].write.path: must not hold",
        ),
        ([{"do": [{"usage": {"usd": -1}}]}], "options.script[0].do[0].usage.usd: "),
    ],
)
def test_every_mistake_in_a_script_is_found_at_its_place(script, message):
    assert any(found.startswith(message) for found in SCRIPTED.check_options({"script": script}))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), (90, 90), ("1m30s", 90), ("1 h 30 min", 5400), ("250ms", 0.25), (0.5, 0.5)]
)
def test_durations_are_those_of_the_language(text, seconds):
    assert read_options(Deed, {"wait": text}).wait == seconds


WORDS = ["script", "match", "do", "write", "path", "content", "wait", "say", "usage", "limit"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["script", "x"]), JSON))
def test_arbitrary_options_give_messages_never_exceptions(options):
    assert all(isinstance(message, str) for message in SCRIPTED.check_options(options))
