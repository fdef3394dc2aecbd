from tests.support.project import Project


def test_sound_workflow(project: Project) -> None:
    work = project.workflow("- shell: 'true'\n")

    called = project.call("validate", work)

    assert (called.code, called.out) == (0, "")
    assert called.err == f"{work}: ok\n"


def test_all_problems_of_all_files_at_once(project: Project) -> None:
    one = project.workflow("- shel: x\n- shell: y\n  timeout: soon\n", "one.yml")
    two = project.workflow("- shell: 'true'\n", "two.yml")

    called = project.call("validate", one, two)

    assert called.code == 2
    lines = called.out.splitlines()
    assert all(line.startswith(f"{one}:") for line in lines)
    assert {line.split()[2] for line in lines} >= {"PT110", "PT111"}
    assert called.err.splitlines()[-1] == f"{two}: ok"


def test_json_document(project: Project) -> None:
    one = project.workflow("- shel: x\n", "one.yml")

    document = project.call("validate", one, "--json").json

    assert document["schema"] == "prodigy-tui/validate/1"
    assert document["files"] == [{"file": one, "ok": False}]
    fields = {"code", "severity", "file", "line", "column", "path", "message", "hint"}
    assert set(document["problems"][0]) == fields


def test_what_this_version_cannot_do_is_a_warning_here_and_refused_by_run(project: Project) -> None:
    work = project.workflow("- wait: 3s\n")

    checked = project.call("validate", work)

    assert checked.code == 0
    assert "warning PT199" in checked.out
    assert project.call("run", work).code == 2


def test_strict_makes_warnings_count(project: Project) -> None:
    work = project.workflow("- test: 'true'\n")

    assert project.call("validate", work).code == 0
    assert project.call("validate", work, "--strict").code == 2


def test_needs_no_repository(project: Project, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert project.call("validate", project.workflow("- shell: 'true'\n")).code == 0


def test_unreadable_file(project: Project) -> None:
    called = project.call("validate", "nowhere.yml")

    assert called.code == 2
    assert "PT100" in called.out
