from pathlib import Path

from tests.cli.test_run import fake_git
from tests.support.project import Project


def verdicts(project: Project) -> dict[str, str]:
    document = project.call("doctor", "--json").json
    assert document["schema"] == "prodigy-tui/doctor/1"
    return {check["name"]: check["verdict"] for check in document["checks"]}


def test_sound_machine(project: Project) -> None:
    called = project.call("doctor")

    assert called.code == 0, called.out
    found = verdicts(project)
    assert found["git"] == found["repository"] == found["state folder"] == found["agent scripted"] == "ok"
    assert found["terminal"] == "note"


def test_old_git_is_said_with_what_to_do(project: Project, tmp_path: Path, monkeypatch) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    monkeypatch.setenv("PATH", fake_git(bin_folder, "2.20.0"))

    called = project.call("doctor")

    assert called.code == 7
    assert "git 2.20.0 is too old" in called.out
    assert "install git 2.38" in called.err


def test_folder_without_repository_is_only_noted(project: Project, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert project.call("doctor").code == 0
    assert verdicts(project)["repository"] == "note"


def test_state_folder_that_cannot_be_written(project: Project, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)

    called = project.call("doctor", "--home", str(tmp_path / "elsewhere"))

    assert called.code == 7
    assert str(tmp_path / "elsewhere") in called.out
