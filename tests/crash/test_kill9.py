"""The real program is killed again and again, at every stage of one run; the run ends as if nothing had happened."""

from collections import Counter

import pytest

from tests.crash.killing import Watched, marked_processes, pages
from tests.support.project import Project

ITEMS = 30

DEATHS = (
    ("step_finished", 1),
    ("items_loaded", 1),
    ("agent_started", 4),
    ("merge_started", 2),
    ("merge_finished", 3),
    ("run_resumed", 1),
    ("agent_interrupted", 1),
    ("agent_finished", 8),
    ("step_started", 9),
    ("phase_started", 2),
    ("gate_answered", 1),
    ("landing_started", 1),
    ("worktree_removed", 1),
)
"""What each process of the run sees last: kind and number of an event."""

pytestmark = pytest.mark.slow


def tree(project: Project) -> str:
    return project.repo.git("rev-parse", "main^{tree}")


def merged_items(project: Project) -> Counter[str]:
    trailers = project.repo.git("log", "--format=%(trailers:key=Prodigy-Item,valueonly)", "main")
    return Counter(filter(None, trailers.splitlines()))


def left_over(project: Project) -> dict[str, object]:
    (run_id,) = project.runs()
    return {
        "refs": project.repo.git("for-each-ref", "refs/heads/prodigy", "refs/prodigy").splitlines(),
        "worktrees": project.repo.git("worktree", "list").splitlines()[1:],
        "files": project.repo.status(),
        "processes": marked_processes(run_id),
        "locks": list((project.repo.path / ".git").rglob("*.lock")),
    }


NOTHING = {"refs": [], "worktrees": [], "files": [], "processes": [], "locks": []}


@pytest.fixture
def expected(project: Project) -> str:
    """The tree that the undisturbed run lands; the project is as before."""
    base = project.repo.head
    code, said = Watched("run", project.workflow(pages(ITEMS))).end()
    assert code == 0, said
    assert merged_items(project).total() == ITEMS
    assert left_over(project) == NOTHING
    landed = tree(project)
    project.repo.git("reset", "--hard", "--quiet", base)
    return landed


@pytest.mark.parametrize("with_children", [False, True], ids=["program", "everything"])
def test_run_that_is_killed_at_every_stage_ends_as_the_undisturbed_one(project, expected, with_children) -> None:
    deaths = 0
    arguments = ("run", project.workflow(pages(ITEMS)))
    for kind, number in DEATHS:
        watched = Watched(*arguments)
        if watched.until(kind, number) is not None:
            deaths += 1
            watched.kill(with_children=with_children)
        else:
            watched.end()
        arguments = ("resume", project.runs()[0])
    code, said = Watched(*arguments).end()

    assert deaths >= 10
    assert code == 0, said
    assert tree(project) == expected
    assert set(merged_items(project).values()) == {1}
    assert merged_items(project).total() == ITEMS
    assert left_over(project) == NOTHING
