"""The real program is killed again and again, at every stage of one run; the run ends as if nothing had happened.

All of its processes die at every stage; the program alone dies at every third, and with `-m soak` at every one too.
"""

import asyncio
import time
from collections import Counter

import pytest

from prodigy_tui.events.schema import Envelope, ItemsLoaded
from prodigy_tui.events.source import read_events
from prodigy_tui.git.run import STARTED_BY
from prodigy_tui.process import wait_for_orphans
from prodigy_tui.storage.owner import born_at
from prodigy_tui.tui.model.rows import Row
from tests.crash.killing import Watched, marked_processes, pages
from tests.support.program import LOOK_S
from tests.support.project import Project
from tests.tui.scene import check_one_frame

ITEMS = 24
FEW_ITEMS = 16

DEATHS = (
    ("step_finished", 1),
    ("items_loaded", 1),
    ("agent_started", 4),
    ("merge_started", 2),
    ("merge_finished", 3),
    ("agent_interrupted", 1),
    ("run_resumed", 1),
    ("agent_finished", 8),
    ("step_started", 9),
    ("phase_started", 2),
    ("gate_answered", 1),
    ("landing_started", 1),
    ("worktree_removed", 1),
)
"""What each process of the run sees last: kind and number of an event.

Each comes for certain, whatever of the process before had reached the disk: agents are at work when the third merge is
done, so the next recovery interrupts them; every recovery ends with `run_resumed`.
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def files(items: int) -> dict[str, str]:
    """What the run lands, killed or not."""
    return {
        "readme.txt": "hello",
        "setup.txt": "set",
        "count.txt": str(items),
        "ready.txt": "ready",
        **{f"page-{number}.txt": f"from setup {number}" for number in range(1, items + 1)},
    }


def check_end(project: Project, watched: Watched, items: int) -> None:
    """Waits for the end, and fails unless everything has landed, once, and nothing is left of the run."""
    code, said = watched.end()

    assert code == 0, said
    assert project.repo.files("main") == files(items)
    trailers = project.repo.git("log", "--format=%(trailers:key=Prodigy-Item,valueonly)", "main")
    assert sorted(Counter(filter(None, trailers.splitlines())).values()) == [1] * items
    assert project.repo.git("for-each-ref", "refs/heads/prodigy", "refs/prodigy") == ""
    assert len(project.repo.git("worktree", "list").splitlines()) == 1
    assert list((project.repo.path / ".git").rglob("*.lock")) == []
    assert project.repo.status() == []
    (run_id,) = project.runs()
    assert [path for path in project.folder(run_id).worktrees.rglob("*") if path.name != ".trash"] == []
    assert marked_processes(run_id) == []


def test_undisturbed_run_lands_everything(project: Project) -> None:
    check_end(project, Watched("run", project.workflow(pages(4))), 4)


@pytest.mark.parametrize(
    ("with_children", "deaths", "items"),
    [
        pytest.param(True, DEATHS[::2], FEW_ITEMS, id="everything"),
        pytest.param(True, DEATHS, ITEMS, id="everything-everywhere", marks=pytest.mark.soak),
        pytest.param(False, DEATHS, ITEMS, id="program-everywhere", marks=pytest.mark.soak),
    ],
)
def test_run_that_is_killed_at_every_stage_ends_as_the_undisturbed_one(
    project: Project, with_children, deaths, items
) -> None:
    arguments = ("run", project.workflow(pages(items)))
    for kind, number in deaths:
        watched = Watched(*arguments)
        assert watched.until(kind, number) is not None, f"{kind} {number} never came: {watched.end()}"
        watched.kill(with_children=with_children)
        arguments = ("resume", project.runs()[0])

    check_end(project, Watched(*arguments), items)
    asyncio.run(check_replay(tuple(read_events(project.folder(project.runs()[0]).events))))


async def check_replay(events: tuple[Envelope, ...]) -> None:
    """The run that was killed so often is replayed with the screens that it had live, from its log alone."""
    loaded = next(envelope for envelope in events if isinstance(envelope.event, ItemsLoaded))
    row = Row("item", loaded.event.items[0].id)
    left = len(events) - loaded.seq
    for tenth in (4, 10):
        await check_one_frame(events, loaded.seq + left * tenth // 10, row)


def test_git_of_a_killed_program_is_waited_for(project: Project) -> None:
    """A filter makes the first checkout slow; the program dies meanwhile, git does not."""
    slow = project.home.parent / "slow"
    project.repo.commit(".gitattributes", "*.txt filter=slow\n")
    project.repo.git("config", "filter.slow.smudge", f"test -e '{slow}' || {{ touch '{slow}'; sleep 1; }}; cat")
    watched = Watched("run", project.workflow(pages(2)))
    while not slow.exists():
        assert watched.process.poll() is None
        time.sleep(LOOK_S)
    mark = f"{watched.process.pid}:{born_at(watched.process.pid)}"
    watched.kill(with_children=False)

    resumed = Watched("resume", project.runs()[0])

    assert resumed.until("run_resumed") is not None
    assert wait_for_orphans(STARTED_BY, mark, 0)
    code, said = resumed.end()
    assert code == 0, said
