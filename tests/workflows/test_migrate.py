"""`migrate`: a few files first, within a budget, and not on when too much fails."""

from prodigy_tui.events.schema import (
    AgentStarted,
    CanaryJudged,
    Event,
    GateAnswered,
    GateOpened,
    RetryScheduled,
    StopDecided,
    UsageReported,
)
from tests.support.project import Project
from tests.workflows.play import agent_calls, commit_all, cost, dead, fail, happened, on, play, say, write

OLD, NEW = "import os.path\n", "import pathlib\n"
REST = on("", say("It has to stay."))


def modules(number: int) -> dict[str, str]:
    return {f"m{place}.py": OLD for place in range(number)}


def migrates(place: int, *more: dict[str, object]) -> dict[str, object]:
    return on(rf"\bm{place}\.py", write(f"m{place}.py", NEW), say("Migrated."), *more)


def test_two_files_go_first_and_yes_goes_on_when_they_succeeded(project: Project) -> None:
    commit_all(project, modules(4))

    called = play(project, "migrate", [migrates(place) for place in range(4)])

    assert called.code == 0, called.err
    assert [project.repo.read(name) for name in modules(4)] == [NEW] * 4
    (judged,) = happened(project, CanaryJudged)
    assert judged.passed
    order = [type(event) for event in happened(project, Event) if isinstance(event, AgentStarted | CanaryJudged)]
    assert order == [AgentStarted, AgentStarted, CanaryJudged, AgentStarted, AgentStarted]


def test_yes_does_not_go_on_when_one_of_the_first_failed(project: Project) -> None:
    commit_all(project, modules(4))

    called = play(project, "migrate", [on(r"\bm1\.py", fail("I cannot do that")), *map(migrates, (0, 2, 3))])

    assert called.code == 1
    assert called.json["status"] == "stopped"
    assert set(agent_calls(project)) == {"m0.py", "m1.py"}
    assert dead(project) == {"m1.py": "agent"}
    assert [project.repo.read(name) for name in modules(4)] == [OLD] * 4


def test_without_yes_a_person_is_asked_after_the_first_two(project: Project) -> None:
    commit_all(project, modules(4))

    called = play(project, "migrate", [migrates(place) for place in range(4)], yes=False)

    assert called.code == 3, called.err
    assert set(agent_calls(project)) == {"m0.py", "m1.py"}
    (gate,) = project.call("gates", "--json").json["gates"]
    assert (gate["kind"], gate["question"][:43]) == ("canary", "Are the first files migrated as you want it")

    project.call("gates", "answer", "canary", "approve")
    resumed = project.call("resume", "--merge", "yes", "--json")

    assert resumed.code == 0, resumed.err
    assert [project.repo.read(name) for name in modules(4)] == [NEW] * 4


def test_run_stops_when_more_than_a_third_of_the_files_fail(project: Project) -> None:
    commit_all(project, modules(14))
    failing = on(r"\bm(3|5|7|9|11|13)\.py", fail("I cannot do that"))

    called = play(project, "migrate", [failing, REST])

    assert called.code == 1
    assert called.json["status"] == "stopped"
    assert [stop.code for stop in happened(project, StopDecided)] == ["PT620"]
    assert called.json["items"]["pending"] > 0


def test_what_is_left_in_a_file_is_looked_at_once_more_and_told(project: Project) -> None:
    commit_all(project, {"m0.py": OLD, "m1.py": f"{OLD}x = os.path.sep\n"})
    rules = [migrates(0), on(r"In m1\.py these lines are left.*m1\.py:2:x = os", write("m1.py", OLD)), REST]

    called = play(project, "migrate", rules)

    assert called.code == 0, called.err
    assert agent_calls(project) == {"m0.py": 1, "m1.py": 2}
    assert project.repo.read("m1.py") == OLD


def test_check_that_fails_is_repaired(project: Project) -> None:
    commit_all(project, modules(2))
    rules = [
        migrates(0),
        on(r"In the file m1", write("m1.py", "import (\n"), say("Done.")),
        on(r"After your migration of m1.*SyntaxError", write("m1.py", NEW), say("Repaired.")),
    ]

    called = play(project, "migrate", rules)

    assert called.code == 0, called.err
    assert agent_calls(project) == {"m0.py": 1, "m1.py": 2}
    assert project.repo.read("m1.py") == NEW
    assert [line for line in project.repo.git("log", "--no-merges", "--format=%s").splitlines() if "m1" in line] == [
        "Repair m1.py after its migration",
        "Migrate m1.py",
    ]


def test_trouble_with_the_network_is_tried_again_from_a_clean_worktree(project: Project) -> None:
    commit_all(project, modules(2))
    trouble = on(r"\bm1\.py", write("m1.py", "half\n"), fail("connection reset by peer"), attempt=1)

    called = play(project, "migrate", [trouble, migrates(0), migrates(1)])

    assert called.code == 0, called.err
    assert [event.item_id for event in happened(project, RetryScheduled)] == ["m1.py"]
    assert project.repo.read("m1.py") == NEW


def test_budget_lets_no_agent_start_that_would_go_beyond_it_and_can_be_raised(project: Project) -> None:
    commit_all(project, modules(6))

    called = play(project, "migrate", [migrates(place, cost(1)) for place in range(6)], "--budget-usd", "4")

    assert called.code == 4, called.err
    # Two come first. Each of the others is taken to cost as much as the estimate says: two more fit in.
    assert len(happened(project, UsageReported)) == 4
    assert called.json["items"]["succeeded"] == 4

    resumed = project.call("resume", "--budget-usd", "10", "-y", "--json")

    assert resumed.code == 0, resumed.err
    assert [project.repo.read(name) for name in modules(6)] == [NEW] * 6
    assert len(happened(project, UsageReported)) == 6


def test_file_that_costs_too_much_has_failed(project: Project) -> None:
    commit_all(project, modules(2))

    called = play(project, "migrate", [migrates(0, cost(0.1)), migrates(1, cost(2.5)), REST])

    assert called.code == 1
    assert dead(project) == {"m1.py": "budget"}


def test_other_files_are_not_an_agents_to_change(project: Project) -> None:
    commit_all(project, modules(2))
    rules = [on(r"\bm1\.py", write("m1.py", NEW), write("setup.cfg", "x\n"), say("Done.")), migrates(0)]

    called = play(project, "migrate", rules)

    assert called.code == 3, called.err
    assert [(gate.kind, gate.item_id) for gate in happened(project, GateOpened)] == [("suspect", "m1.py")]
    assert happened(project, GateAnswered) == []
    assert project.repo.read("m0.py") == OLD

    assert project.call("gates", "answer", "suspect", "accept").code == 0
    resumed = project.call("resume", "-y", "--json")

    assert resumed.code == 0, resumed.err
    assert [project.repo.read(name) for name in ("m0.py", "m1.py", "setup.cfg")] == [NEW, NEW, "x\n"]
