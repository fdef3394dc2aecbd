"""The terminal's end is noticed, and only that."""

import os
import pty
import threading

from prodigy_tui.cli.hangup import watched_terminal


def test_a_closed_terminal_is_told_once() -> None:
    ours, theirs = pty.openpty()
    told = threading.Event()
    calls = []
    with watched_terminal(theirs, lambda: (calls.append(1), told.set())):
        os.close(ours)
        assert told.wait(10)
    os.close(theirs)

    assert calls == [1]


def test_input_and_the_end_of_watching_are_no_hangup() -> None:
    ours, theirs = pty.openpty()
    calls = []
    with watched_terminal(theirs, lambda: calls.append(1)):
        os.write(ours, b"keys\n")
    os.close(ours)
    os.close(theirs)

    assert calls == []
