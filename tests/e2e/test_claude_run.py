"""A whole run of `claude:` steps with the real Claude Code program, against a scripted service on loopback.

Four agents in worktrees of their own write a file and commit it; one of them is refused twice with 429 first, another
one fails for good. What counts is what git and the log say afterwards.
"""

import json
import subprocess
import sys
from collections import Counter

import pytest

from prodigy_tui.events.schema import AgentMessage, UsageReported
from prodigy_tui.events.source import read_events
from prodigy_tui.process import kill_strays_of

COMMIT = {"command": "git add -A && git commit -q -m 'add {file}'", "description": "Commit the file"}
WRITE = {"tool": "Write", "input": {"file_path": "{cwd}/{file}", "content": "made by {file}\n"}}
REFUSED = {"status": 429, "error": "rate_limit_error", "headers": {"retry-after": "0"}, "times": 2, "then": WRITE}
SCRIPTS = {
    "patient": [REFUSED, {"tool": "Bash", "input": COMMIT}, {"text": "Committed {file} after a wait."}],
    "broken": [{"status": 400, "error": "invalid_request_error", "message": "no such thing"}],
}
WORKFLOW = """
name: write-files
map:
  input:
    - {id: a, file: a.txt, script: write-commit}
    - {id: c, file: c.txt, script: patient}
    - {id: d, file: d.txt, script: broken}
    - {id: e, file: e.txt, script: write-commit}
  max_parallel: 3
  agent_template:
    - claude: "Write the file. [[mock:${item.script} file=${item.file}]]"
      id: writer
      commit_required: true
    - shell: 'test "$(git log -1 --format=%s | tail -c 6)" = "${item.file}" && grep -q made ${item.file}'
reduce:
  - shell: ls *.txt
    capture_output: files
merge:
  message: "Merge what ${map.successful} agents wrote"
"""

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(120)]


def prodigy(repo, env, *arguments):
    command = [sys.executable, "-m", "prodigy_tui", *arguments]
    return subprocess.run(
        command, cwd=repo, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )


def test_claude_agents_write_commit_and_land_while_one_waits_out_429s_and_one_fails(repo, env, git, tmp_path):
    (tmp_path / "write-files.yml").write_text(WORKFLOW)
    done = prodigy(repo, env, "run", str(tmp_path / "write-files.yml"), "--headless", "--yes", "--json")

    summary = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    assert (summary["items"]["succeeded"], summary["items"]["merged"], summary["dlq"]) == (3, 3, 1)
    assert summary["merge"]["status"] == "landed"
    assert summary["usage"]["output_tokens"] > 0

    log = next((tmp_path / "state").rglob("events.jsonl"))
    events = [envelope.event for envelope in read_events(log)]
    waits = Counter(event.item_id for event in events if isinstance(event, AgentMessage) and event.kind == "retry")
    assert waits == {"c": 2}
    assert {event.item_id for event in events if isinstance(event, UsageReported)} >= {"a", "c", "e"}

    letters = json.loads(prodigy(repo, env, "dlq", "list", "--json").stdout)["entries"]
    assert [(entry["item_id"], entry["kind"]) for entry in letters] == [("d", "agent")]
    assert "400" in letters[0]["message"]

    assert sorted(path.name for path in repo.glob("*.txt")) == ["a.txt", "c.txt", "e.txt"]
    first_parents = git("log", "--first-parent", "--format=%s").splitlines()
    assert first_parents == ["Merge what 3 agents wrote", "start"]
    assert git("status", "--porcelain") == ""
    assert git("worktree", "list").count("\n") == 2, "the dead letter's worktree is kept"
    branches = git("for-each-ref", "--format=%(refname)", "refs/heads/prodigy").split()
    assert [branch.split("/")[-2:] for branch in branches] == [["d", "1"]], "only the dead letter's branch stays"
    assert kill_strays_of(f"{summary['run_id']}:") == 0
