"""`docs-drift`: pages are corrected one by one, repaired while they name what is not there, and checked together."""

from prodigy_tui.events.schema import GateOpened, ItemsLoaded, ValidationFinished
from tests.support.project import Project
from tests.workflows.play import agent_calls, commit_all, dead, happened, on, play, say, write

GUIDE = "# Guide\n\nSee [the index](index.md). The code is `src/shop.py`; call `sell`.\n"
INDEX = "# Index\n\n- [guide](guide.md)\n"
SHOP = {
    "src/shop.py": "def sell(thing):\n    return thing\n\n\ndef refund(thing):\n    return thing\n",
    "README.md": "# Shop\n\nRead [the guide](docs/guide.md).\n",
    "docs/index.md": f"{INDEX}- `src/till.py` holds the till\n",
    "docs/guide.md": "# Guide\n\nSee [the index](contents.md). The code is `src/store.py`; call `sell`.\n",
}
REST = on("", say("Nothing has drifted."))


def test_pages_are_corrected_and_repaired_until_what_they_name_is_there(project: Project) -> None:
    commit_all(project, SHOP)
    rules = [
        on("docs/guide.md names files", write("docs/guide.md", GUIDE)),
        on("Read docs/guide.md", write("docs/guide.md", GUIDE.replace("index.md", "contents.md")), say("Half of it.")),
        on("Read docs/index.md", write("docs/index.md", INDEX), say("There is no till.")),
        REST,
    ]

    called = play(project, "docs-drift", rules)

    assert called.code == 0, called.err
    assert called.json["merge"]["status"] == "landed"
    assert called.json["problems"] == []
    assert (project.repo.read("docs/guide.md"), project.repo.read("docs/index.md")) == (GUIDE, INDEX)
    assert not (project.repo.path / "docs-drift.json").exists()
    assert agent_calls(project) == {"README.md": 1, "docs/index.md": 1, "docs/guide.md": 2}
    scores = [found.score for found in happened(project, ValidationFinished) if found.item_id == "docs/guide.md"]
    assert scores == [50, 100]


def test_items_tell_what_is_known_about_a_page_and_the_most_drifted_come_first(project: Project) -> None:
    commit_all(project, SHOP)

    play(project, "docs-drift", [REST], "--max-items", "2")

    (loaded,) = happened(project, ItemsLoaded)
    assert [item.id for item in loaded.items] == ["docs/guide.md", "docs/index.md"]
    assert loaded.items[0].data == {
        "id": "docs/guide.md",
        "path": "docs/guide.md",
        "score": 0,
        "gaps": ["docs/guide.md: contents.md does not exist", "docs/guide.md: src/store.py does not exist"],
        "about": [{"file": "src/shop.py", "undocumented": ["refund"]}],
    }


def test_page_that_stays_wrong_is_a_dead_letter_and_the_others_land(project: Project) -> None:
    commit_all(project, SHOP)

    rules = [
        on("Read docs/index.md", write("docs/index.md", INDEX), say("There is no till.")),
        on("Read docs/guide.md", say("I see nothing."), attempt=1),
        on("Read docs/guide.md", write("docs/guide.md", GUIDE), say("Now I see.")),
        REST,
    ]

    called = play(project, "docs-drift", rules)

    assert called.code == 1, called.err
    assert dead(project) == {"docs/guide.md": "validation"}
    assert agent_calls(project)["docs/guide.md"] == 3
    assert called.json["merge"]["status"] == "landed"
    assert project.repo.read("docs/index.md") == INDEX

    retried = project.call("dlq", "retry", "--all", "--force", "-y", "--json")

    assert retried.code == 0, retried.err
    assert project.repo.read("docs/guide.md") == GUIDE


def test_pages_that_do_not_fit_together_are_repaired_before_they_land(project: Project) -> None:
    commit_all(project, SHOP | {"docs/guide.md": GUIDE, "docs/index.md": INDEX})
    # README.md is right when it is checked, but its agent has broken another page.
    rules = [
        on("docs/index.md: gone.md does not exist", write("docs/index.md", INDEX), say("It is there.")),
        on("Read README.md", write("docs/index.md", "[gone](gone.md)\n"), say("Done.")),
        REST,
    ]

    called = play(project, "docs-drift", rules, "--item", "README.md")

    assert called.code == 0, called.err
    assert agent_calls(project) == {"README.md": 1, "reduce": 1}
    assert project.repo.read("docs/index.md") == INDEX


def test_nothing_lands_while_the_build_fails(project: Project) -> None:
    commit_all(project, SHOP | {"docs/guide.md": GUIDE, "docs/index.md": INDEX})
    rules = [on("Read README.md", write("README.md", "# Shop\n"), say("Done.")), REST]

    called = play(project, "docs-drift", rules, "--param", "build=exit 3")

    assert called.code == 1
    assert agent_calls(project)["reduce"] == 2
    assert project.repo.read("README.md") == SHOP["README.md"]


def test_change_of_the_code_waits_for_a_person(project: Project) -> None:
    commit_all(project, SHOP)
    rules = [on("Read README.md", write("src/shop.py", "SOLD = 1\n"), say("The code was wrong.")), REST]

    called = play(project, "docs-drift", rules, "--item", "README.md")

    assert called.code == 3, called.err
    (gate,) = happened(project, GateOpened)
    assert (gate.kind, gate.item_id) == ("suspect", "README.md")
    assert project.repo.read("src/shop.py") == SHOP["src/shop.py"]
