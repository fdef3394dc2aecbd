"""The installed program in a window of tmux: keys in, what the screen shows out, as text or as a picture."""

import io
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from rich.ansi import AnsiDecoder
from rich.console import Console

from prodigy_tui.tui.picture import self_contained

PATIENCE_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.05
_NAMES: Final = {
    "enter": "Enter",
    "esc": "Escape",
    "space": "Space",
    "tab": "Tab",
    "←": "Left",
    "→": "Right",
    "↑": "Up",
    "↓": "Down",
    "backspace": "BSpace",
    "shift+←": "S-Left",
    "shift+→": "S-Right",
    "shift+tab": "BTab",
    ";": r"\;",
}
"""Keys as the documentation writes them, by tmux's names; others are what they are."""


def has_tmux() -> bool:
    return shutil.which("tmux") is not None


class Window:
    """A terminal of its own, with a server of its own that ends with it."""

    def __init__(self, folder: Path, env: Mapping[str, str], *, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        self._place = tempfile.TemporaryDirectory(prefix="tmux-", dir="/tmp")
        self._socket = f"{self._place.name}/socket"
        self._code = Path(self._place.name) / "code"
        # What tmux says of a pane's end may come late, or not at all.
        command = ["sh", "-c", '"$@"; echo $? > "$0"', str(self._code), sys.executable, "-m", "prodigy_tui"]
        # Nothing of the environment here: COLUMNS and LINES of whoever starts this are no size of that terminal.
        settings = [f"{name}={value}" for name, value in {"TERM": "tmux-256color", **env}.items()]
        size = ["-x", str(columns), "-y", str(lines)]
        # `-f /dev/null`: nobody's own settings. The server stays in the root, the program works in `folder`.
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "cat", cwd="/")
        self._tmux("set", "-g", "remain-on-exit", "on")
        self._tmux("set", "-g", "default-terminal", "tmux-256color")
        self._tmux("set", "-s", "escape-time", "0")
        self._tmux("respawn-pane", "-k", "-c", str(folder), "env", "-i", *settings, *command)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pid = int(self._tmux("display", "-p", "#{pid}"))
        self._tmux("kill-server")
        until = time.monotonic() + PATIENCE_S
        while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
            time.sleep(_LOOK_EVERY_S)
        self._place.cleanup()

    def _tmux(self, *arguments: str, cwd: str | None = None) -> str:
        command = ["tmux", "-S", self._socket, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd).stdout

    def press(self, key: str) -> None:
        """Presses a key, named as the documentation does; what stands in quotes is typed."""
        if len(key) > 1 and key[0] == key[-1] == '"':
            self._tmux("send-keys", "-l", "--", key[1:-1])
        else:
            self._tmux("send-keys", "--", _NAMES.get(key, key))

    def screen(self) -> str:
        """What is shown now."""
        return self._tmux("capture-pane", "-p")

    def wait_until_shown(self, words: str, patience_s: float = PATIENCE_S) -> None:
        """Looks until `words` stand on one line of the screen."""
        until = time.monotonic() + patience_s
        while words not in (screen := self.screen()):
            assert time.monotonic() < until, f"it does not show {words!r}:\n{screen}"
            assert not self.ended, f"it has ended before it showed {words!r}:\n{screen}"
            time.sleep(_LOOK_EVERY_S)

    def wait_until_ended(self) -> int:
        """Waits for the end of the program, and returns what it exits with."""
        until = time.monotonic() + PATIENCE_S
        while not self.ended:
            assert time.monotonic() < until, f"it does not end:\n{self.screen()}"
            time.sleep(_LOOK_EVERY_S)
        return int(self._code.read_text())

    @property
    def ended(self) -> bool:
        return self._code.exists() and self._code.read_text().endswith("\n")

    def picture(self, title: str) -> str:
        """Returns what is shown now as SVG."""
        console = Console(record=True, width=self.columns, file=io.StringIO(), color_system="truecolor")
        for line in AnsiDecoder().decode(self._tmux("capture-pane", "-p", "-e", "-N").rstrip("\n")):
            console.print(line, no_wrap=True, overflow="crop", soft_wrap=True)
        return self_contained(console.export_svg(title=title))
