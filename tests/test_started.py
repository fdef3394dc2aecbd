import threading
from pathlib import Path

from prodigy_tui.git.run import run_git
from prodigy_tui.started import COMMANDS, CommandLog


def test_the_last_commands_are_kept_with_their_numbers_and_nothing_more() -> None:
    log = CommandLog(most=3)
    for number in range(5):
        log.begin(("git", str(number)), Path("/x"))

    assert [(one.number, one.argv[1]) for one in log.all()] == [(3, "2"), (4, "3"), (5, "4")]


def test_a_command_ends_once() -> None:
    command = CommandLog().begin(("false",), Path("/x"))
    command.end(1)
    ended = command.ended
    command.end(0)

    assert (command.code, command.ended) == (1, ended)


def test_a_text_for_an_agent_is_left_out_as_a_whole() -> None:
    command = CommandLog().begin(("agent", "-p", "s" * 5000), Path("/x"))

    assert command.argv == ("agent", "-p", "<5000 characters>")


def test_threads_add_and_read_at_once() -> None:
    log = CommandLog(most=50)

    def add() -> None:
        for _ in range(2000):
            log.begin(("git",), Path("/x")).end(0)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert len(log.all()) <= 50
    assert {one.number for one in log.all()} <= set(range(1, 8001))


def test_git_is_taken_note_of_with_its_exit_code(tmp_path: Path) -> None:
    run_git("rev-parse", "HEAD", cwd=tmp_path, ok=None)

    command = COMMANDS.all()[-1]
    assert (command.argv, command.cwd, command.code) == (("git", "rev-parse", "HEAD"), str(tmp_path), 128)
    assert command.ended is not None
    assert command.ended >= command.began
