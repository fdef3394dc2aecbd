"""A run that uses everything, told in two acts, and what must be the same however often the program died meanwhile.

In the first act two of five items fail: one by itself, one because the merged result does not pass. The rest lands. In
the second act the reason is gone, and the dead letters are given back.
"""

import asyncio
from pathlib import Path
from typing import Any

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.events.source import read_events
from prodigy_tui.events.state import RunState
from tests.crash.golden import essence, merges_of
from tests.crash.parts import READY, TRIED_AND_CHECKED
from tests.support.drive import Driver
from tests.support.invariants import check_invariants

FAILING = {"bad", "broken"}
"""The dead letters of the first act."""

WORKFLOW = (
    r"""
name: everything
agent_defaults:
  provider: scripted
  options:
    script:
      - match: ^mend
        do: [{write: {path: mended, content: "yes"}}, {usage: {input_tokens: 10, usd: 0.01}}, {say: mended}]
      - match: ^solve both.txt$
        do: [{write: {path: both.txt, content: "left and right\n"}}, {say: solved}]
      - match: ^greet
        do: [{say: hello}]
templates:
  noted:
    parameters: {word: {type: string}}
    steps:
      - shell: echo ${word} > noted.txt
        auto_commit: true
workflows:
  plain:
    parameters: {word: {type: string}}
    steps:
      - {shell: "echo ${word} from below", capture: told}
  fan:
    parameters: {list: {type: path}}
    map:
      input: ${list}
      max_parallel: 2
      agent_template:
        - shell: echo ${item} > fan-${item}.txt
          auto_commit: true
    reduce:
      - {shell: "ls fan-*.txt | wc -l", capture: count}
setup:
  - write_file: {path: notes.txt, content: "notes\n"}
    auto_commit: true
  - agent: greet
    capture: greeting
"""
    + TRIED_AND_CHECKED
    + r"""
  - foreach: [x, y]
    do: echo ${item} > each-${item}.txt
  - goal_seek:
      shell: if test -e once; then touch sought; else touch once; fi
      validate: if test -e sought; then echo '{"score":100}'; else echo '{"score":0}'; fi
  - wait: {shell: test -e sought, every: 1s}
  - rm -f checked once sought && git add --all && { git diff --cached --quiet || git commit --quiet -m each; }
  - use: noted
    with: {word: "${greeting}"}
  - id: below
    workflow: plain
    with: {word: "${greeting}"}
    outputs: [told]
  - echo '["one", "two"]' > fan.json
  - id: fanned
    workflow: fan
    with: {list: fan.json}
    outputs: [count]
  - shell: |
      rm -f fan.json
      echo '[{"id": "left"}, {"id": "right"}, {"id": "plain"}, {"id": "bad"}, {"id": "broken"}]' > items.json
map:
  input: items.json
  max_parallel: 3
  retry: {attempts: 2, initial_delay: 1s}
  agent_template:
    - shell: test ${item.id} != broken -o -e OUTSIDE/mended
    - shell: test ${item.id} != plain -o -e mended
      on_failure: {agent: "mend ${item.id}", max_attempts: 2}
    - shell: |
        touch OUTSIDE/${item.id}
        while ! test -e OUTSIDE/left -a -e OUTSIDE/right -a -e OUTSIDE/bad; do sleep 0.02; done
        case ${item.id} in
          left|right)
            if test -e both.txt; then echo left and right > both.txt; else echo ${item.id} > both.txt; fi;;
          bad) test -e OUTSIDE/mended || touch rotten;;
        esac
      when: item.id in ['left', 'right', 'bad']
    - shell: |
        rm -f mended
        echo ${below.told} ${fanned.count} ${item.id} | tee ${item.id}.txt
        echo ${item.id} >> notes.txt
        git add --all && git commit --quiet -m ${item.id}
        test ${item.id} != plain || touch left-over
      commit_required: true
      capture_output: said
reduce:
  - shell: git ls-files '*.txt'
    capture_output: listed
  - shell: |
      echo ${greeting}, ${map.successful} done, ${map.failed} not: ${listed} > summary.txt
    commit_config: {message_template: summary, include_files: [summary.txt]}
merge:
  policies:
    - {path: notes.txt, policy: union}
  verify:
    batch: 4
    flaky_retries: 0
    steps: [test ! -e rotten]
  agents:
    conflict: {agent: "solve ${merge.conflicts}"}
  steps:
    - shell: """
    + READY
)

FIRST = {
    "readme.txt": "hello",
    "each-x.txt": "x",
    "each-y.txt": "y",
    "noted.txt": "hello",
    "fan-one.txt": "one",
    "fan-two.txt": "two",
    "notes.txt": "left notes plain right",
    "both.txt": "left and right",
    "left.txt": "hello from below 2 left",
    "right.txt": "hello from below 2 right",
    "plain.txt": "hello from below 2 plain",
    "summary.txt": "hello, 3 done, 2 not: both.txt each-x.txt each-y.txt fan-one.txt fan-two.txt left.txt noted.txt"
    " notes.txt plain.txt readme.txt right.txt",
    "ready.txt": "ready",
}
"""What has landed after the first act; lines in one, and those of `notes.txt` sorted."""

SECOND = {
    **FIRST,
    "notes.txt": "bad broken left notes plain right",
    "bad.txt": "hello from below 2 bad",
    "broken.txt": "hello from below 2 broken",
}
"""And after the second."""


class Story:
    """One run, told by one process after the other until it has come to its end."""

    def __init__(self, place: Path) -> None:
        self.outside = place / "outside"
        self.outside.mkdir(parents=True)
        self.driver = Driver(place, WORKFLOW.replace("OUTSIDE", str(self.outside)))
        self.act = 1
        self.told: list[dict[str, Any]] = []
        """What each act came to."""

    def go_on(self, acts: int = 2) -> None:
        """Drives the run from wherever it is to the end of so many acts."""
        if self.act == 1:
            self._end_of_act(self.driver.go_on())
            self.act = 2
            (self.outside / "mended").touch()
        elif self._state().ended_at is None or not self._state().dead_letters:
            self.driver.resume()
        if acts == 1:
            return
        if dead := self._state().dead_letters:  # they have not been given back yet, or not all of them
            asyncio.run(self._give_back(sorted(dead)))
        self._end_of_act(self._state())

    async def _give_back(self, items: list[str]) -> None:
        session = await self.driver.reopen()
        try:
            for item_id in items:
                session.take(SignalReceived(signal="retry", item_id=item_id))
            await session.run()
        finally:
            await session.close()

    def _state(self) -> RunState:
        return fold(read_events(self.driver.folder.events))

    def _end_of_act(self, state: RunState) -> None:
        """Notes what the act came to, and fails when something is left over or told wrongly."""
        driver = self.driver
        check_invariants(state)
        assert set(state.dead_letters) == (FAILING if self.act == 1 else set())
        assert self._state() == state, "the log tells the same"
        merged = {item_id for item_id, entry in state.items.items() if entry.merged}
        called = [
            fold(read_events(driver.folder.path.parent / one.run_id / "events.jsonl")) for one in state.calls.values()
        ]
        assert len(called) == 1, "the called run was taken up again, not begun anew"
        everybody = merged | {item_id for item_id, entry in called[0].items.items() if entry.merged}
        assert merges_of(driver) == dict.fromkeys(everybody, 1), "each item is merged exactly once"
        files = {
            name: " ".join(sorted(text.split()) if name == "notes.txt" else text.split())
            for name, text in driver.repo.files().items()
        }
        expected = FIRST if self.act == 1 else SECOND
        assert files == expected, {name for name, _ in files.items() ^ expected.items()}
        self._check_nothing_left(state)
        self.told.append({"run": essence(state), "called": essence(called[0]), "files": files})

    def _check_nothing_left(self, state: RunState) -> None:
        """Only dead items keep branches, and their worktrees where these are kept."""
        driver = self.driver
        dead = tuple(f"refs/heads/prodigy/{driver.run_id}/item/{one}/" for one in state.dead_letters)
        refs = driver.repo.git("for-each-ref", "--format=%(refname)", "refs/heads/prodigy", "refs/prodigy").splitlines()
        assert [ref for ref in refs if not ref.startswith(dead or "/")] == [], "only dead items keep branches"
        for folder in (driver.folder.path, *(driver.folder.path.parent / one.run_id for one in state.calls.values())):
            places = {path for path in (folder / "worktrees").glob("*") if path.name != ".trash"}
            kept = {Path(path) for path in fold(read_events(folder / "events.jsonl")).kept}
            assert places == kept, "worktrees of dead items are kept, and no other"
        assert len(driver.repo.git("worktree", "list").splitlines()) == 1 + len(state.kept)
        assert list((driver.repo.path / ".git").rglob("*.lock")) == []
        assert driver.repo.status() == []
