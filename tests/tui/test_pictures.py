"""Every screen in every layout, and the fleet in every theme. Look at the pictures before updating them."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from syrupy import SnapshotAssertion
from textual.screen import Screen

from prodigy_tui.events.schema import AgentStarted, Envelope
from prodigy_tui.tui.machine import Machine
from tests.support.make import make_run
from tests.tui.album import NORMAL, TINY, Pictures, undrawn
from tests.tui.changes import Diffs
from tests.tui.records import at_home, done
from tests.tui.scene import Scene, index_of, live, replay, until_gate, write_output
from tests.tui.test_engine_commands import Source, ran
from tests.tui.test_home_screen import shelf
from tests.tui.test_question_sheets import CANARY
from tests.tui.test_question_sheets import with_more as and_asked
from tests.tui.test_review import SUSPECT

BIG = make_run(items=120, failing=range(7, 120, 23), conflicting={20}, retried=range(5, 120, 17), max_parallel=16)
HALFWAY = BIG[: len(BIG) // 2]
DEAD = make_run(items=40, failing=range(3, 40, 4), conflicting={10, 12}, max_parallel=8)
LOG = [
    "$ make the change",
    *(f"reading src/part_{number}.py" for number in range(5, 30)),
    "warning: deprecated call",
    "日本語 wide glyphs",
    "E" * 200,
    "$ pytest -q",
    "41 passed, 1 failed in 11.8s",
    "error: one failed",
]
CODE = """@@ -88,5 +88,6 @@ class TokenStore
     def rotate(self, token):
-        now = time.time()
+        now = self._clock.now()
         if now - token.born < self.ttl:
             return token
+        self._audit(token, now)
         return self._issue(token.owner, now)
@@ -140,2 +141,3 @@ class TokenStore
     def close(self):
+        self._audit.close()
         self._store.close()
"""
PATCHES = {
    "src/auth/tokens.py": CODE,
    "src/auth/clock.py": "@@ -0,0 +1,3 @@\n+class Clock:\n+    def now(self):\n+        return time.time()\n",
    "tests/test_tokens.py": "@@ -1 +1 @@\n-from auth import tokens\n+from auth import clock, tokens\n",
    "uv.lock": "@@ -0,0 +1,3 @@\n+locked\n+locked\n+locked\n",
}
COMMANDS = (
    ran(1, "git worktree add -b agent/a017 /w/slot-1 1f0c2aa"), ran(2, "make test", code=2, took_s=41.3),
    ran(3, "git merge --no-ff agent/a012"), ran(4, "claude -p 'make src/part_5.py modern'", code=None, took_s=None),
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """A screen: of which run, and the way to it."""

    events: Sequence[Envelope]
    keys: Sequence[str] = ()
    past: int = 0


VIEWS = {
    "begin": View(BIG[: index_of(BIG, AgentStarted) - 1]),
    "fleet": View(HALFWAY, ["down", "space", "down"]),
    "facts": View(HALFWAY, ["down", "down", "i"]),
    "heat map": View(HALFWAY, ["v", "right"]),
    "log": View(HALFWAY, ["down", "down", "2"]),
    "merges": View(HALFWAY, ["3"]),
    "review": View(SUSPECT, ["3", "enter"]),
    "landing": View(until_gate(40), ["m"]),
    "dead letters": View(DEAD, ["4"]),
    "one pattern": View(DEAD, ["4", "enter", "space"]),
    "plan of a retry": View(DEAD, ["4", "R"]),
    "replay": View(BIG, past=len(BIG) // 3),
    "question": View(and_asked(CANARY), ["m"]),
    "palette": View(HALFWAY, [":", "r", "e"]),
    "help": View(HALFWAY, ["?"]),
    "settings": View(HALFWAY, [","]),
    "commands": View(HALFWAY, ["@"]),
    "notices": View(DEAD, ["!", "down"]),
    "leave": View(HALFWAY, ["q"]),
    "end": View(BIG),
}
HOME = {"home": [], "runs": ["5"], "report": ["5", "G", "i"], "comparison": ["5", "space", "down", "space", "c"]}
THEMES = ("high-contrast", "mono", "terminal", "light", "blue-orange")


@pytest.fixture
def pictures(snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pictures]:
    monkeypatch.setattr(Screen, "_compositor_refresh", undrawn)
    taken = Pictures(snapshot)
    yield taken
    wrong, unlike = ", ".join(taken.wrong), "\n".join(taken.unlike)
    assert not wrong, f"no more as in the pictures that are kept: {wrong}\n{unlike}"


@asynccontextmanager
async def shown(view: View, outputs: Path) -> AsyncIterator[Scene]:
    for number in (5, 22, 39):
        write_output(outputs, f"items/item-{number}/1", view.events, LOG)
    if view.past:
        async with replay(view.events, at=view.past, outputs=outputs) as scene:
            yield scene
    else:
        machine = Machine(commands=Source(*COMMANDS))
        async with live(view.events, outputs=outputs, machine=machine, diffs=Diffs(patches=PATCHES)) as scene:
            yield scene


@pytest.mark.parametrize("name", VIEWS)
async def test_a_screen_in_five_layouts(pictures: Pictures, tmp_path: Path, name: str) -> None:
    view = VIEWS[name]
    async with shown(view, tmp_path) as scene:
        for key in view.keys:
            await scene.press(key)
            await scene.app.workers.wait_for_complete()
        await pictures.take(scene)


@pytest.mark.parametrize("name", HOME)
async def test_records_in_five_layouts(pictures: Pictures, name: str) -> None:
    async with at_home(shelf()) as scene:
        for key in HOME[name]:
            await scene.press(key)
            await done(scene)
        await pictures.take(scene)


async def test_a_terminal_too_small_shows_the_counts(pictures: Pictures, tmp_path: Path) -> None:
    async with shown(VIEWS["fleet"], tmp_path) as scene:
        await pictures.take(scene, [TINY])


async def test_themes_and_ascii(pictures: Pictures, tmp_path: Path) -> None:
    async with shown(VIEWS["fleet"], tmp_path) as scene:
        await scene.press("down", "space", "down")
        for theme in THEMES:
            scene.app.personal.try_out(theme=theme)
            await pictures.take(scene, [NORMAL], name=theme)
        scene.app.personal.try_out(glyphs="ascii")
        await pictures.take(scene, [NORMAL], name="ASCII")
