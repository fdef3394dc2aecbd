"""How a child is ended: the order of signals (language 6.8), asking for it from outside, and the way out in a hurry."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress

from prodigy_tui.process.strays import kill_strays_now

INTERRUPT_GRACE_S = 5.0
"""Agents get this long after SIGINT to say what they have spent."""
KILL_GRACE_S = 5.0
"""How long a killed process may take to vanish before it is given up (it can hang in the kernel)."""

_living: dict[int, str | None] = {}
"""Every child that runs now, by process id (which is its group and session too), with its marker.

Written by the loops that start children, read by `kill_all_now` from any thread; single dict operations only.
"""


def stop_order(*, interrupt_first: bool, grace_s: float, hurry: bool) -> tuple[tuple[signal.Signals, float], ...]:
    """Returns the signals to send, each with the seconds to wait for the end."""
    kill = (signal.SIGKILL, KILL_GRACE_S)
    if hurry:
        return (kill,)
    terminate = (signal.SIGTERM, grace_s)
    return ((signal.SIGINT, INTERRUPT_GRACE_S), terminate, kill) if interrupt_first else (terminate, kill)


def signal_group(group: int, number: signal.Signals) -> None:
    """Signals a whole process group; one that is gone is fine."""
    # macOS answers EPERM for a group of which only zombies are left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def group_exists(group: int) -> bool:
    """Returns whether any process of the group is left, be it a zombie."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def remember(pid: int, marker: str | None) -> None:
    """Notes a child that has started."""
    _living[pid] = marker


def forget(pid: int) -> None:
    """Notes that a child and all it left behind are gone."""
    _living.pop(pid, None)


def kill_all_now() -> int:
    """Kills every running child, its group and its strays at once, from any thread; returns how many children.

    For the second Ctrl-C. Whoever waits in `run_child` sees its child end by SIGKILL and cleans up as usual.
    """
    victims = dict(_living)
    for pid in victims:
        signal_group(pid, signal.SIGKILL)
    for pid, marker in victims.items():
        kill_strays_now(marker, pid)
    return len(victims)


def kill_marked_now(beginning: str) -> int:
    """The same with the children whose marker begins so, each with its group and its strays."""
    victims = {
        pid: marker for pid, marker in dict(_living).items() if marker is not None and marker.startswith(beginning)
    }
    for pid in victims:
        signal_group(pid, signal.SIGKILL)
    for pid, marker in victims.items():
        kill_strays_now(marker, pid)
    return len(victims)


class StopRequest:
    """Lets whoever reads a child's output ask for its end. For one child, on the loop that runs it."""

    def __init__(self) -> None:
        self._wish: float | None = None
        self._listener: Callable[[float | None], None] | None = None

    def ask(self, *, after_s: float = 0.0) -> None:
        """Asks for the stop order in `after_s` seconds; replaces an earlier wish."""
        self._tell(after_s)

    def withdraw(self) -> None:
        """Takes an earlier wish back, if it is not too late."""
        self._tell(None)

    def listen(self, listener: Callable[[float | None], None]) -> None:
        """Tells `listener` the wish so far, if there is one, and every later one; None means withdrawn."""
        self._listener = listener
        if self._wish is not None:
            listener(self._wish)

    def _tell(self, wish: float | None) -> None:
        self._wish = wish
        if self._listener is not None:
            self._listener(wish)
