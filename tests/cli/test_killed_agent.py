"""Somebody kills the program of an agent, and nothing else: its item fails or is tried again, as its policy says."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support.agents import AGENT_STREAMS
from tests.support.children import is_alive
from tests.support.program import LOOK_S, Driven
from tests.support.project import Project
from tests.support.rules import rule

pytestmark = pytest.mark.slow

PROGRAM = """#!/bin/sh
cat > /dev/null
if ! test -e '{place}/agent'; then
    sleep 600 &
    echo $! > '{place}/child'
    echo $$ > '{place}/agent.tmp' && mv '{place}/agent.tmp' '{place}/agent'
    wait
fi
cat '{stream}'
echo done > done.txt
git add --all && git commit --quiet --message done
"""
"""Hangs the first time, with a child that keeps its pipes open; works the second time."""


@rule("cli 5 killed agent")
@pytest.mark.parametrize(
    ("policy", "code"),
    [("{on_item_failure: retry, retry_config: {initial_delay: 0s}}", 0), ("{on_item_failure: dlq}", 1)],
    ids=["retry", "dlq"],
)
def test_killed_agent_fails_as_any_other_and_never_hangs(
    project: Project, tmp_path: Path, monkeypatch, policy: str, code: int
) -> None:
    program = tmp_path / "programs" / "codex"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(place=tmp_path, stream=AGENT_STREAMS / "codex-text.jsonl"))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    work = project.workflow(f"""
        name: killed
        error_policy: {policy}
        map:
          input: [{{id: one}}]
          agent_template: [{{agent: hello, provider: codex, commit_required: true}}]
    """)
    driven = Driven("run", work, "-y")
    while not (tmp_path / "agent").exists():
        assert driven.process.poll() is None, driven.end()
        time.sleep(LOOK_S)

    os.kill(int((tmp_path / "agent").read_text()), signal.SIGKILL)
    ended, said = driven.end()

    assert ended == code, said
    assert not is_alive(int((tmp_path / "child").read_text()))
    if not code:
        assert project.repo.read("done.txt") == "done\n"
    else:
        (entry,) = project.call("dlq", "list", "--json").json["entries"]
        assert (entry["kind"], entry["exit_code"]) == ("agent", 137)
