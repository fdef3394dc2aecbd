import os
from pathlib import Path

from prodigy_tui.agents import PROVIDERS
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


def test_every_agent_program_is_looked_for(project: Project, tmp_path: Path, monkeypatch) -> None:
    program = tmp_path / "bin" / "codex"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'codex-cli 9.9.9'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    checks = {check["name"]: check for check in project.call("doctor", "--json").json["checks"]}

    assert {f"agent {name}" for name in PROVIDERS} <= set(checks)
    assert checks["agent codex"]["value"] == f"{program}, codex-cli 9.9.9"
    for check in checks.values():
        assert check["verdict"] == "ok" or check["hint"] or not check["name"].startswith("agent ")


def test_a_program_of_the_project_is_not_started(project: Project, tmp_path: Path) -> None:
    program = tmp_path / "mine"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    program.chmod(0o755)
    (project.repo.path / ".prodigy").mkdir()
    (project.repo.path / ".prodigy" / "config.yml").write_text(f"providers: {{mine: {{command: [{program}]}}}}\n")

    called = project.call("doctor")

    assert called.code == 0, called.out
    assert str(program) in called.out
    assert not (tmp_path / "started").exists()


def test_settings_that_cannot_be_read_are_told(project: Project) -> None:
    (project.repo.path / ".prodigy").mkdir()
    (project.repo.path / ".prodigy" / "config.yml").write_text("max_paralel: 3\n")

    called = project.call("doctor")

    assert called.code == 7
    assert "max_paralel is unknown" in called.out
