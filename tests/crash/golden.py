"""The run that is crashed everywhere, and what must be the same however often it was."""

from collections import Counter
from pathlib import Path
from typing import Any

from prodigy_tui.engine.phases import DONE
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.crash.parts import READY, TRIED_AND_CHECKED
from tests.support.drive import Driver
from tests.support.invariants import check_invariants

DEAD = "broken"
"""The item that fails for good."""

WORKFLOW = (
    """
name: golden
error_policy: {on_item_failure: retry}
setup:
  - shell: echo set > setup.txt && git add setup.txt && (git diff --cached --quiet || git commit --quiet -m setup)
    env: {TONE: hello}
    temporary: false
  - shell: printf '%s from %s' "$TONE" "$(cat setup.txt)"
    capture_output: greeting
"""
    + TRIED_AND_CHECKED
    + """\
  - rm -f checked && test ${validation.score} = 90
  - shell: |
      printf '[{"id": "left"}, {"id": "right"}, {"id": "plain"}, {"id": "broken"}]' > items.json
map:
  input: items.json
  max_parallel: 2
  agent_template:
    - shell: test ${item.id} != broken
    - shell: test ${item.id} != plain -o -e mended
      on_failure: {shell: touch mended, max_attempts: 2}
    - shell: |
        rm -f mended
        echo ${greeting} ${item.id} | tee ${item.id}.txt
        case ${item.id} in left|right) echo ${item.id} >> both.txt; sort -o both.txt both.txt;; esac
        git add --all && git commit --quiet -m ${item.id}
      commit_required: true
      capture_output: said
reduce:
  - shell: git ls-files '*.txt'
    capture_output: listed
    env: {CLOSING: bye}
    temporary: false
  - shell: git cat-file -e HEAD:summary.txt
    on_failure:
      - shell: |
          echo ${greeting}, ${map.successful} done, ${map.failed} not > summary.txt
          echo ${listed} "$CLOSING" >> summary.txt
          git add summary.txt && git commit --quiet -m summary
merge:
  - shell: """
    + READY
)

FILES = {
    "readme.txt": "hello",
    "setup.txt": "set",
    "left.txt": "hello from set left",
    "right.txt": "hello from set right",
    "plain.txt": "hello from set plain",
    "both.txt": "left\nright",
    "summary.txt": "hello from set, 3 done, 1 not\nboth.txt\nleft.txt\nplain.txt\nreadme.txt\nright.txt\nsetup.txt bye",
    "ready.txt": "ready",
}
"""What lands."""


def essence(state: RunState) -> dict[str, Any]:
    """What of a finished run does not depend on what happened on the way."""
    return {
        "items": {
            item_id: (entry.status, entry.merged, entry.commits > 0, sorted(entry.files), dict(entry.captures.items()))
            for item_id, entry in state.items.items()
        },
        "captures": {
            (name, path): (record.status in DONE, record.result.captured if record.result is not None else None)
            for name, phase in state.phases.items()
            for path, record in phase.steps.items()
            if "/" not in path
        },
        "phases": {name: phase.status for name, phase in state.phases.items()},
        "dead": sorted(state.dead_letters),
        "landing": state.landing.status if state.landing is not None else None,
        "end": (state.status, state.exit_code, state.message, state.merged),
    }


def merges_of(driver: Driver, target: str = "main") -> Counter[str]:
    """How often each item was merged into what is on `target`."""
    log = driver.repo.git("log", "--format=%(trailers:key=Prodigy-Item,valueonly,separator=%x2C)", target)
    return Counter(line for line in log.splitlines() if line)


def check_end(driver: Driver, state: RunState) -> None:
    """Fails when something is left over, or the record does not tell what happened."""
    check_invariants(state)
    assert fold(read_events(driver.folder.events)) == state, "the log tells the same"
    merged = {item_id for item_id, entry in state.items.items() if entry.merged}
    assert merges_of(driver) == dict.fromkeys(merged, 1), "each item is merged exactly once"
    assert driver.repo.files() == FILES
    check_nothing_left(driver)


def check_nothing_left(driver: Driver) -> None:
    """Fails when the run has left more behind than the branches of its dead item, and its worktree where it is kept."""
    branches = driver.repo.git("for-each-ref", "--format=%(refname)", "refs/heads/prodigy", "refs/prodigy").splitlines()
    dead = f"refs/heads/prodigy/{driver.run_id}/item/{DEAD}/"
    assert [ref for ref in branches if not ref.startswith(dead)] == [], "only a dead item keeps branches"
    kept = {Path(path) for path in fold(read_events(driver.folder.events)).kept}
    places = {path for path in driver.folder.worktrees.iterdir() if path.name != ".trash"}
    assert places == kept, "worktrees of dead items are kept, and no other"
    assert list((driver.folder.worktrees / ".trash").glob("*")) == []
    assert len(driver.repo.git("worktree", "list").splitlines()) == 1 + len(kept)
    assert driver.repo.status() == []
