"""The program in a process of its own, on pipes or on a terminal."""

import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

from tests.support.project import Project
from tests.support.published import check_printed

PATIENCE_S = 30
LOOK_S = 0.01
ROOT = Path(__file__).parents[2]


def patient(project: Project, *, trap: str = ":") -> str:
    """A workflow whose step tells its pid and then waits until it may go."""
    place = project.home.parent
    return project.workflow(
        f"""
        - shell: |
            {trap}
            test -e '{place}/go' || {{ echo $$ > '{place}/pid.tmp' && mv '{place}/pid.tmp' '{place}/pid'; }}
            while ! test -e '{place}/go'; do sleep 0.1; done
            git commit --quiet --allow-empty --message done
        """
    )


def let_go(project: Project) -> None:
    """Lets the step of `patient` end."""
    (project.home.parent / "go").touch()


def wait_for_pid(project: Project, process: "subprocess.Popen[str]") -> int:
    """The pid of the step of `patient`, once it waits."""
    file: Path = project.home.parent / "pid"
    while not (file.exists() and (said := file.read_text()).endswith("\n")):  # a shell makes the file before it writes
        assert process.poll() is None
        time.sleep(LOOK_S)  # the program needs the processor
    return int(said)


class Driven:
    """The program on pipes."""

    def __init__(self, *arguments: str, before: tuple[str, ...] = ()) -> None:
        command = [*before, sys.executable, "-m", "prodigy_tui", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_until_said(self, words: str) -> None:
        """Reads what is said to a person until `words` are in it."""
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if words in line:
                return
        raise AssertionError(f"it never said {words!r}: {said}")

    def end(self) -> tuple[int, str]:
        """What it exits with, and what it printed."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out + err

    def close(self) -> None:
        """Ends what a failed test left running, with its steps."""
        self.process.terminate()
        try:
            self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


class Terminal:
    """The program on a terminal."""

    def __init__(self, *arguments: str, module: str = "prodigy_tui", columns: int = 120, lines: int = 40) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={
                **os.environ,
                "TERM": "xterm-256color",
                "COLUMNS": str(columns),
                "LINES": str(lines),
                "PYTHONPATH": str(ROOT),
            },
            start_new_session=True,
            text=True,
        )
        os.close(theirs)
        self.seen = ""
        self._looked_at = 0

    def wait_until_shown(self, words: str) -> None:
        """Reads until `words` have been drawn in one piece, after what was waited for before."""
        while (found := self.seen.find(words, self._looked_at)) < 0:
            try:
                self.seen += os.read(self._ours, 65536).decode("utf-8", "replace")
            except OSError as error:
                raise AssertionError(f"it never showed {words!r}: {self.seen[-2000:]!r}") from error
        self._looked_at = found + len(words)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def press_until_shown(self, keys: str, words: str) -> None:
        """Presses again with everything that is drawn: a question does not hear what is typed ahead."""
        while words not in self.seen:
            self.press(keys)
            self.seen += os.read(self._ours, 65536).decode("utf-8", "replace")

    def end(self) -> tuple[int, str]:
        """What it exits with, and all that was on the terminal."""
        while True:
            try:
                self.seen += os.read(self._ours, 65536).decode("utf-8", "replace")
            except OSError:
                check_printed(self.after_interface.replace("\r\n", "\n"))
                return self.process.wait(PATIENCE_S), self.seen

    @property
    def after_interface(self) -> str:
        """What was printed after the terminal had been given back."""
        return self.seen.rpartition("\x1b[?1049l")[2]

    @property
    def is_as_before(self) -> bool:
        """Whether the terminal shows what is typed, line by line."""
        modes = termios.tcgetattr(self._ours)[3]
        return bool(modes & termios.ECHO and modes & termios.ICANON)

    def close(self) -> None:
        """Ends what a failed test left running, and the terminal."""
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
