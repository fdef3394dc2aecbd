import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from prodigy_tui import __version__
from prodigy_tui.cli.main import VERBS, guarded, program
from prodigy_tui.cli.output import Output, ReaderGone
from prodigy_tui.errors import ExitCode, ProdigyError
from tests.support.commands import commands_of
from tests.support.project import Project


def guard(error: BaseException) -> int:
    def work() -> int:
        raise error

    return guarded(work, Output(sys.stdout, sys.stderr, environ={}), ["run", "x.yml"])


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ProdigyError("no such thing: 'x'", hint="try y"), 2, "error: no such thing: 'x'; try y\n"),
        (ProdigyError("git is missing", exit_code=ExitCode.ENVIRONMENT), 7, "error: git is missing\n"),
        (click.UsageError("Missing argument 'RUN'."), 2, "error: missing argument 'RUN'\n"),
        (KeyboardInterrupt(), 130, "error: interrupted; nothing has been started\n"),
        (ReaderGone(), 0, ""),
    ],
)
def test_errors_become_one_line_and_an_exit_code(capsys, error, code, said) -> None:
    assert guard(error) == code
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-", "2>&-"])
def test_streams_that_the_caller_has_closed_are_no_bug(closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$1" -m prodigy_tui schema {closed}', "sh", sys.executable], capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_current_folder_that_is_gone_is_no_bug(project: Project, tmp_path: Path, monkeypatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    called = project.call("runs", "list")

    assert (called.code, called.err) == (7, "error: the current folder is gone; change to one that exists\n")


def caused_by(error: Exception, cause: BaseException) -> Exception:
    """`error` as it stands when `cause` was met in between."""
    error.__context__ = cause
    return error


def test_what_ctrl_c_broke_off_is_no_bug(project: Project, capsys) -> None:
    in_between = caused_by(ValueError("half a line"), KeyboardInterrupt())

    assert guard(caused_by(RuntimeError("git went away"), in_between)) == 130
    assert capsys.readouterr().err == "error: interrupted; nothing has been started\n"
    assert not (project.home / "crashes").exists()


def test_demo_has_a_repository_of_its_own(project: Project) -> None:
    called = project.call("demo", "--repo", ".")

    assert called.code == 2
    assert "no such option" in called.err


def test_bug_leaves_a_crash_report_and_no_traceback(project: Project, capsys) -> None:
    assert guard(ZeroDivisionError("division by zero")) == 70

    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "ZeroDivisionError: division by zero" in said
    (report,) = (project.home / "crashes").iterdir()
    assert str(report) in said
    text = report.read_text()
    assert "Traceback" in text
    assert f"prodigy-tui {__version__}" in text
    assert "textual 8" in text
    assert report.stat().st_mode & 0o777 == 0o600


def test_crash_report_goes_elsewhere_when_the_state_folder_cannot_be_written(
    project: Project, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    project.home.write_text("a file where the folder should be")

    assert guard(ZeroDivisionError()) == 70

    path = Path(capsys.readouterr().err.split("crash report is ")[1].strip())
    assert "ZeroDivisionError" in path.read_text()


def test_secrets_do_not_reach_the_crash_report(project: Project) -> None:
    guard(RuntimeError("bad token ghp_" + "a" * 36))

    (report,) = (project.home / "crashes").iterdir()
    assert "ghp_a" not in report.read_text()


@pytest.mark.parametrize(
    ("words", "nearest"),
    [(["vaildate"], "validate"), (["rnu"], "run"), (["runs", "lst"], "list"), (["signal", "last", "puase"], "pause")],
)
def test_unknown_command_names_the_nearest(project: Project, words, nearest) -> None:
    called = project.call(*words)

    assert called.code == 2
    assert called.err.startswith(f"error: unknown command '{words[-1]}'; the nearest is '{nearest}'")
    assert len(called.err.splitlines()) == 1
    assert called.out == ""


def test_a_word_that_is_like_no_command_may_be_a_file_here(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.repo.write("mine3.yml", "- echo hi\n")
    monkeypatch.chdir(project.repo.path)

    assert "unknown command 'mine3'; did you mean the file 'mine3.yml'; see" in project.call("mine3").err
    assert "did you mean the file 'mine3.yml'?\n" in project.call("run", "mine.yml").err
    assert "unknown command 'bat.txt', and no workflow file here is like it; see" in project.call("bat.txt").err


def test_group_without_command_is_one_line(project: Project) -> None:
    called = project.call("runs")

    assert called.code == 2
    assert called.err == "error: missing command; see 'prodigy-tui runs --help'\n"


def test_unknown_option_is_one_line(project: Project) -> None:
    called = project.call("validate", "--jsno", "x.yml")

    assert called.code == 2
    assert called.err.startswith("error: no such option")
    assert len(called.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("demo", "--pace", "x"), "'x' is no number"),
        (("run", "a.yml", "--max-items", "1.5"), "'1.5' is no whole number"),
    ],
)
def test_what_is_no_number_is_called_so(project: Project, words: tuple[str, ...], said: str) -> None:
    called = project.call(*words)

    assert called.code == 2
    assert f"{said}; see 'prodigy-tui {words[0]} --help'" in called.err


def test_hostile_text_in_an_error_is_made_harmless(project: Project) -> None:
    called = project.call("runs", "show", "\x1b[2Jlast")

    assert called.code == 2
    assert "\x1b" not in called.err


def test_without_arguments_it_explains_itself(project: Project) -> None:
    called = project.call()

    assert called.code == 0
    assert all(f"\n  {verb} " in called.out for verb in VERBS)


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in commands_of(group).items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


COMMANDS = dict(commands(program, "prodigy-tui"))


@pytest.mark.parametrize("path", COMMANDS)
def test_help_explains_every_option_under_a_short_summary(path: str) -> None:
    command = COMMANDS[path]
    summary, *_ = (command.help or "").splitlines()

    assert 10 < len(summary) <= 60
    assert summary[0].isupper() and not summary.endswith(".")
    assert [o.name for o in command.params if isinstance(o, click.Option) and not o.help] == []


@pytest.mark.parametrize("path", [path for path, command in COMMANDS.items() if command.epilog])
def test_examples_in_help_are_calls_that_parse(path: str) -> None:
    example = COMMANDS[path].epilog or ""
    words = shlex.split(example.removeprefix("Example: "))
    called = next(name for n in (3, 2) if (name := " ".join(words[:n])) in COMMANDS)

    assert called.startswith(path)
    COMMANDS[called].make_context(called, words[len(called.split()) :])


def test_version_is_answered_everywhere(project: Project) -> None:
    assert project.call("--version").out == f"prodigy-tui, version {__version__}\n"
    assert project.call("runs", "list", "--version").out == f"prodigy-tui, version {__version__}\n"


def test_a_file_or_a_workflow_name_in_place_of_a_command_is_run(project: Project) -> None:
    project.repo.write("plain", "- shell: 'true'\n- nonsense: 1\n")

    assert "PT110" in project.call("plain").err
    assert "missing.yml" in project.call("missing.yml").err


def test_module_is_the_same_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prodigy_tui", "--version"], capture_output=True, text=True, check=True
    )

    assert done.stdout == f"prodigy-tui, version {__version__}\n"
