"""`fix-lint`: what ruff can fix it fixes; the rest is an agent's, if that is wanted."""

from tests.support.project import Project
from tests.workflows.play import agent_calls, commit_all, dead, on, play, say, write

LEFT = "import os\n\n\ndef shout(word):\n    return wrod\n"
REPAIRED = "def shout(word):\n    return word\n"


def test_without_an_agent_what_is_left_stays(project: Project) -> None:
    commit_all(project, {"shop.py": LEFT})

    called = play(project, "fix-lint", [])

    assert called.code == 0, called.err
    assert agent_calls(project) == {}
    assert project.repo.read("shop.py") == REPAIRED.replace("word\n", "wrod\n")


def test_agent_repairs_what_ruff_only_finds(project: Project) -> None:
    commit_all(project, {"shop.py": LEFT, "till.py": "print( 1 )\n"})
    rules = [on("findings of ruff in shop.py.*F821", write("shop.py", REPAIRED), say("A typo."))]

    called = play(project, "fix-lint", rules, "--param", "repair=true")

    assert called.code == 0, called.err
    assert agent_calls(project) == {"shop.py": 1}
    assert project.repo.read("shop.py") == REPAIRED
    assert project.repo.read("till.py") == "print(1)\n"


def test_findings_that_stay_are_a_dead_letter_after_two_repairs(project: Project) -> None:
    commit_all(project, {"shop.py": LEFT})

    called = play(project, "fix-lint", [on("", say("I see nothing."))], "--param", "repair=true")

    assert called.code == 1
    assert agent_calls(project) == {"shop.py": 2}
    assert dead(project) == {"shop.py": "exit"}
    assert project.repo.read("shop.py") == LEFT


def test_trouble_of_ruff_itself_is_not_an_agents_work(project: Project) -> None:
    commit_all(project, {"shop.py": LEFT, "ruff.toml": "no-such-setting = 1\n"})

    called = play(project, "fix-lint", [], "--param", "repair=true")

    assert called.code == 1
    assert agent_calls(project) == {}
