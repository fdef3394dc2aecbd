"""`add-tests`: tests are written, run, repaired, and nothing else is changed."""

from prodigy_tui.events.schema import GateOpened, StepCommitted, StepRetryScheduled
from tests.support.project import Project
from tests.workflows.play import agent_calls, commit_all, dead, happened, on, play, say, write

SUM = "def add(a, b):\n    return a + b\n"
GOOD = "from shop import add\n\nassert add(1, 2) == 3\n"
WRONG = GOOD.replace("== 3", "== 4")
AS_PROGRAMS = ("--param", "command=PYTHONPATH=. python3")
"""Tests without pytest: they start faster."""


def test_tests_that_fail_are_repaired_before_they_are_merged(project: Project) -> None:
    commit_all(project, {"shop.py": SUM, "names.py": "NAME = 1\n", "done.py": SUM, "test_done.py": "import done\n"})
    rules = [
        on("Write tests for the module shop.py", write("test_shop.py", WRONG), say("Done.")),
        on("tests that you wrote for shop.py fail.*AssertionError", write("test_shop.py", GOOD), say("Repaired.")),
    ]

    called = play(project, "add-tests", rules, *AS_PROGRAMS)

    assert called.code == 0, called.err
    assert agent_calls(project) == {"shop.py": 2}
    assert project.repo.read("test_shop.py") == GOOD
    assert project.repo.status() == []
    assert len(happened(project, StepCommitted)) == 2


def test_pytest_runs_the_new_tests_alone(project: Project) -> None:
    commit_all(project, {"shop.py": SUM, "test_old.py": "def test_old():\n    assert False\n"})
    test = "from shop import add\n\n\ndef test_adds():\n    assert add(1, 2) == 3\n"

    called = play(project, "add-tests", [on("", write("tests/test_shop.py", test), say("Done."))])

    assert called.code == 0, called.err
    assert project.repo.read("tests/test_shop.py") == test


def test_agent_that_wrote_nothing_is_asked_again_and_then_has_failed(project: Project) -> None:
    commit_all(project, {"shop.py": SUM})

    called = play(project, "add-tests", [on("", say("All is tested."))])

    assert called.code == 1
    assert dead(project) == {"shop.py": "no_commit"}
    assert agent_calls(project) == {"shop.py": 2}
    assert len(happened(project, StepRetryScheduled)) == 1


def test_tests_that_stay_wrong_are_a_dead_letter(project: Project) -> None:
    commit_all(project, {"shop.py": SUM, "till.py": SUM})
    rules = [
        on("module till.py", write("test_till.py", GOOD.replace("shop", "till")), say("Done.")),
        on("shop.py", write("test_shop.py", WRONG), say("It is right.")),
    ]

    called = play(project, "add-tests", rules, *AS_PROGRAMS)

    assert called.code == 1
    assert dead(project) == {"shop.py": "validation"}
    assert agent_calls(project) == {"shop.py": 4, "till.py": 1}
    assert (project.repo.path / "test_till.py").exists()
    assert not (project.repo.path / "test_shop.py").exists()


def test_module_is_not_the_agents_to_change(project: Project) -> None:
    commit_all(project, {"shop.py": SUM})
    changed = write("shop.py", SUM.replace("+", "-")), write("tests/test_shop.py", GOOD.replace("== 3", "== -1"))

    called = play(project, "add-tests", [on("", *changed, say("Done."))], *AS_PROGRAMS)

    assert called.code == 3, called.err
    assert [gate.kind for gate in happened(project, GateOpened)] == ["suspect"]
    assert project.repo.read("shop.py") == SUM
