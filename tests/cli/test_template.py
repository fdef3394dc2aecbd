"""`template`: the library of the project, of the user, and what is shipped."""

from pathlib import Path

import pytest

from tests.cli.test_init import SHIPPED, library
from tests.support.project import Project

__all__ = ["library"]

OWN = "name: own\ndescription: A step of our own\ntags: [special]\nsteps: [echo hello]\n"


def keep(folder: Path, name: str, text: str = OWN) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def listed(project: Project, *words: str) -> dict[str, str]:
    called = project.call("template", "search" if words else "list", *words, "--json")
    assert called.json["schema"] == "prodigy-tui/templates/1"
    return {entry["name"]: entry["where"] for entry in called.json["templates"]}


def test_lists_what_is_shipped(project: Project, library: Path) -> None:
    called = project.call("template", "list")

    assert called.code == 0
    head, *rows = called.out.splitlines()
    assert head.split() == ["template", "from", "description"]
    assert [row.split()[:2] for row in rows] == [[name, "shipped"] for name in SHIPPED]


def test_project_comes_before_user_and_user_before_shipped(project: Project, library: Path) -> None:
    ours = project.repo.path / ".prodigy" / "templates"
    keep(library, "migrate.yml")
    keep(library, "both.json", '{"name": "both", "steps": ["echo user"]}')
    keep(ours, "both.yml")

    found = listed(project)

    assert (found["both"], found["migrate"], found["sequential"]) == ("project", "user", "shipped")
    entry = project.call("template", "show", "migrate", "--json").json
    assert (entry["where"], entry["file"]) == ("user", str(library / "migrate.yml"))
    assert entry["description"] == "A step of our own"


def test_project_is_found_from_a_folder_inside_it(
    project: Project, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(project.repo.path / ".prodigy" / "templates", "ours.yml")
    (project.repo.path / "deep" / "down").mkdir(parents=True)
    monkeypatch.chdir(project.repo.path / "deep" / "down")

    assert listed(project)["ours"] == "project"


def test_nearest_project_folder_counts_and_files_may_lie_in_the_whole_repository(
    project: Project, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(project.repo.path / "part" / ".prodigy" / "templates", "ours.yml")
    project.repo.write("base.yml", "steps: ['true']\n")
    project.repo.write("part/work.yml", "extends: ../base.yml\n")
    monkeypatch.chdir(project.repo.path / "part")

    assert listed(project)["ours"] == "project"
    assert project.call("validate", "work.yml").code == 0


def test_folder_above_is_no_project_outside_of_a_repository(
    project: Project, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path / ".prodigy" / "templates", "stray.yml")
    (tmp_path / "loose").mkdir()
    monkeypatch.chdir(tmp_path / "loose")

    assert "stray" not in listed(project)


def test_search_wants_all_words_in_name_description_or_tags(project: Project, library: Path) -> None:
    keep(library, "own.yml")

    assert listed(project, "special") == {"own": "user"}
    assert listed(project, "AGENT", "tests") == {"add-tests": "shipped"}
    assert listed(project, "nowhere-to-be-found") == {}


def test_show_prints_the_text(project: Project, library: Path) -> None:
    keep(library, "own.yml")

    called = project.call("template", "show", "own")

    assert (called.code, called.out) == (0, OWN)
    assert called.err == f"user: {library}/own.yml\n"


def test_show_tells_parameters(project: Project, library: Path) -> None:
    keep(library, "own.yml", "parameters: {who: {default: ada, description: whom to greet}}\nsteps: ['echo ${who}']\n")

    (parameter,) = project.call("template", "show", "own", "--json").json["parameters"]

    assert (parameter["name"], parameter["default"], parameter["description"]) == ("who", "ada", "whom to greet")


def test_new_makes_one_in_the_project(project: Project, library: Path) -> None:
    file = project.repo.path / ".prodigy" / "templates" / "ours.yml"

    called = project.call("template", "new", "ours")

    assert (called.code, called.out) == (0, f"wrote {file}\n")
    assert project.call("validate", file, "--strict").code == 0
    assert listed(project)["ours"] == "project"
    again = project.call("template", "new", "ours")
    assert (again.code, again.err) == (2, f"error: {file} exists; --force replaces it\n")
    assert project.call("template", "new", "ours", "--force").code == 0


def test_new_begins_with_another_template(project: Project, library: Path) -> None:
    project.call("template", "new", "ours", "--from", "migrate")

    text = (project.repo.path / ".prodigy" / "templates" / "ours.yml").read_text()
    assert "\nname: ours\n" in text
    assert "map:" in text


@pytest.mark.parametrize("name", ["../up", "", "a/b", ".hidden", "x" * 65])
def test_name_that_no_file_may_have(name: str, project: Project, library: Path) -> None:
    called = project.call("template", "new", name)

    assert called.code == 2
    assert "a template cannot be called" in called.err


def test_register_copies_into_the_users_library(project: Project, library: Path) -> None:
    file = project.workflow(OWN, "elsewhere.yml")

    called = project.call("template", "register", file, "--name", "mine")

    assert (called.code, called.out) == (0, f"wrote {library}/mine.yml\n")
    assert (library / "mine.yml").read_text() == OWN
    assert project.call("template", "register", file, "--name", "mine").code == 2
    assert project.call("template", "register", file, "--name", "mine", "--force").code == 0


def test_register_takes_no_workflow_with_errors(project: Project, library: Path) -> None:
    called = project.call("template", "register", project.workflow("- shel: x\n", "bad.yml"))

    assert called.code == 2
    assert "PT110" in called.out
    assert not library.exists()


def test_register_takes_one_file_only(project: Project, library: Path) -> None:
    project.workflow("steps: [echo base]\n", "base.yml")

    called = project.call("template", "register", project.workflow("extends: base.yml\n", "child.yml"))

    assert called.code == 2
    assert "is made of 2 files" in called.err


def test_remove_takes_only_what_is_not_shipped(project: Project, library: Path) -> None:
    keep(library, "migrate.yml")

    unsure = project.call("template", "remove", "migrate")
    assert (unsure.code, "--yes" in unsure.err) == (2, True)
    assert project.call("template", "remove", "migrate", "--yes").out == f"removed {library}/migrate.yml\n"
    shipped = project.call("template", "remove", "migrate", "--yes")
    assert (shipped.code, "is shipped with the program" in shipped.err) == (2, True)


def test_broken_template_is_listed_as_such(project: Project, library: Path) -> None:
    keep(library, "broken.yml", "steps: [\n")

    entries = project.call("template", "list", "--json").json["templates"]

    assert "has errors" in next(entry["description"] for entry in entries if entry["name"] == "broken")


def test_workflows_find_templates_of_the_project_and_of_the_user(project: Project, library: Path) -> None:
    keep(library, "own.yml")
    keep(project.repo.path / ".prodigy" / "templates", "ours.yml")

    for name in ("own", "ours"):
        work = project.workflow(f"template: {name}\n", f"with-{name}.yml")
        assert project.call("validate", work).code == 0
        assert project.call("run", work, "--headless").code == 0
