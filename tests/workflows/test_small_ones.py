"""The short workflows that show one thing each."""

from prodigy_tui.events.schema import ValidationFinished
from tests.support.project import Project
from tests.workflows.play import agent_calls, commit_all, happened, on, play, say, write


def test_shell_map_commits_what_the_command_changed(project: Project) -> None:
    commit_all(project, {"two words.md": "a  \n", "clean.md": "b\n", "CHANGELOG.md": "c  \n"})

    called = play(project, "shell-map", [])

    assert called.code == 0, called.err
    assert (project.repo.read("two words.md"), project.repo.read("CHANGELOG.md")) == ("a\n", "c  \n")
    subjects = project.repo.git("log", "--no-merges", "--format=%s").splitlines()
    assert sorted(subjects) == ["Strip blanks in two words.md", "first", "what there is"]


def test_reviewer_decides_when_a_file_is_repaired(project: Project) -> None:
    commit_all(project, {"a.py": "one\n", "b.py": "one\n"})
    commit_all(project, {"a.py": "two\n", "b.py": "two\n"})
    rules = [
        on("b.py has changed", say("NOTHING")),
        on("a.py has changed", say("- line 1: two is too much\n- line 2 is missing")),
        on("A reviewer found this in a.py.*too much", write("a.py", "half\n"), say("The second is none.")),
        on("still open in a.py.*line 2", write("a.py", "half\nhalf\n"), say("You are right.")),
        on(
            "The second is none.*Answer with JSON", say('{"complete": false, "gaps": ["line 2 is missing"]}'), attempt=1
        ),
    ]

    called = play(project, "review-and-fix", rules)

    assert called.code == 0, called.err
    assert [found.score for found in happened(project, ValidationFinished)] == [0, 0, 0]
    assert project.repo.read("a.py") == "half\nhalf\n"
    assert agent_calls(project)["b.py"] == 1


def test_reviewer_who_is_content_ends_it(project: Project) -> None:
    commit_all(project, {"a.py": "one\n"})
    rules = [
        on("a.py has changed", say("line 1: one is too much")),
        on("A reviewer found this", write("a.py", "half\n"), say("Done.")),
        on("Answer with JSON", say('It is.\n{"complete": true}')),
    ]

    called = play(project, "review-and-fix", rules)

    assert called.code == 0, called.err
    assert [found.passed for found in happened(project, ValidationFinished)] == [True]
    assert project.repo.read("a.py") == "half\n"


SAY_TWO = ("--param", "task=Say two", "--param", "message=Say two")


def test_plan_is_agreed_on_carried_out_tested_and_committed(project: Project) -> None:
    commit_all(project, {"a.py": "one\n"})
    rules = [
        on("Plan the following task.*Say two", say("1. write two")),
        on("Carry out this plan.*1. write two.*In small letters", write("a.py", "tow\n"), say("Done.")),
        on("The tests fail.*tow is no word", write("a.py", "two\n"), say("Repaired.")),
    ]
    check = "grep two a.py || { echo tow is no word; exit 1; }"

    called = play(project, "sequential", rules, *SAY_TWO, "--param", f"check={check}", yes=False)

    assert called.code == 3, called.err
    (gate,) = project.call("gates", "--json").json["gates"]
    assert "1. write two" in gate["question"]
    assert agent_calls(project) == {"steps": 1}

    project.call("gates", "answer", gate["id"], "approve", "--note", "In small letters")
    resumed = project.call("resume", "--merge", "yes", "--json")

    assert resumed.code == 0, resumed.err
    assert agent_calls(project) == {"steps": 3}
    assert project.repo.read("a.py") == "two\n"
    assert "Say two" in project.repo.git("log", "--no-merges", "--format=%s").splitlines()


def test_plan_that_is_denied_is_not_carried_out(project: Project) -> None:
    commit_all(project, {"a.py": "one\n"})
    play(project, "sequential", [on("Plan", say("1. delete all"))], *SAY_TWO, yes=False)
    (gate,) = project.call("gates", "--json").json["gates"]

    project.call("gates", "answer", gate["id"], "deny")
    resumed = project.call("resume", "--merge", "yes", "--json")

    assert resumed.code == 1, resumed.err
    assert agent_calls(project) == {"steps": 1}
