"""The terminal's side of a scenario: starts the app in a pseudo-terminal and reads what it says it has measured."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.interface.pseudo_terminal import Terminal

PATIENCE_S = 300.0
_AT_THE_END_S = 1.0


def environment(home: Path) -> dict[str, str]:
    """What the program finds around it: a good terminal, nothing of the user."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(home), "PRODIGY_HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor"}


def scenario(home: Path, name: str, **options: float) -> tuple[Terminal, Path]:
    """Returns the app in its terminal, and where it will say what it has measured."""
    result = home / f"{name}.json"
    result.unlink(missing_ok=True)
    words = [f"{key}={value}" for key, value in options.items()]
    argv = [sys.executable, "-m", "tests.benchmarks.interface.app", str(result), name, *words]
    return Terminal(argv, environment(home)), result


def begun(terminal: Terminal, result: Path) -> None:
    """Starts the app and waits until what it does counts."""
    ready = result.with_suffix(".ready")
    ready.unlink(missing_ok=True)
    terminal.open()
    while not ready.exists() and terminal.run(0.02) and time.monotonic() - terminal.started < PATIENCE_S:
        pass


def measured(terminal: Terminal, result: Path) -> dict[str, Any]:
    """Waits for the app's end; returns what it said."""
    code = terminal.wait(PATIENCE_S)
    if code or not result.exists():
        why = result.with_suffix(".txt")
        said = why.read_text() if why.exists() else f"it ended with {code}: {terminal.said[-500:]}"
        raise SystemExit(f"error: the app measured nothing: {said}")
    found: dict[str, Any] = json.loads(result.read_text())
    return found


def key_to_paint(terminal: Terminal, painted: list[float]) -> list[float]:
    """Pairs keys with the frames after them, in milliseconds."""
    return [1000 * (frame - key) for key, frame in zip(terminal.typed, painted, strict=False)]


def unpaired(terminal: Terminal, found: dict[str, Any]) -> int:
    """Returns how many keys have no frame; those do not count that were typed when it was about to be over."""
    typed = sum(key < found["over_at"] - _AT_THE_END_S for key in terminal.typed)
    return max(0, typed - len(found["painted"]))
