"""What the numbers of processes tell: whether a program can have left another behind, without a look at all of them.

The kernel hands process ids out in order and says which was the last. What a program has started has a higher number
than itself, and few have been handed out while a short one ran; a look at all processes costs five times as much, and
needs a thread, because nobody knows how many there are. Linux only, and only where the kernel tells (`ns_last_pid`).
"""

import os
from pathlib import Path
from typing import Final

from prodigy_tui.process.program import is_started
from prodigy_tui.process.strays import is_stray

_LAST: Final = "/proc/sys/kernel/ns_last_pid"
_MOST: Final = Path("/proc/sys/kernel/pid_max")
_A_SECOND: Final = 200_000 * (os.cpu_count() or 1)
"""More processes and threads than a machine starts: where it would take longer for all numbers to be handed out, none
comes a second time."""
_FEW: Final = 64
"""So many are looked at here."""


def left_nothing(pid: int, marker: str | None, lived_s: float) -> bool:
    """Tells whether it is certain that a program which has ended left no process with its mark or in its session.

    `lived_s`: how much time has passed since before it was started, in seconds of the machine.
    """
    if lived_s * _A_SECOND >= _NUMBERS:
        return False
    looked_at = pid
    while looked_at != (last := _last_number()):
        if not looked_at < last <= pid + _FEW:
            return False
        # One that ends now may have started another just before, whose number is beyond `last`: so there is a next
        # time, until no number has been handed out since.
        if any(_may_be_left(number, marker, pid) for number in range(looked_at + 1, last + 1)):
            return False
        looked_at = last
    return True


def _may_be_left(number: int, marker: str | None, pid: int) -> bool:
    """Tells whether a process that was started after another may have been left by it."""
    if is_started(number):
        return False
    # About eight are looked at after each program: to ask takes a tenth of what it takes to read it from a file.
    try:
        session = os.getsid(number)
    except ProcessLookupError:
        return False
    except OSError:
        return is_stray(number, marker, pid) is not False
    # A process is in the session of whoever started it, or in one of its own: in none from before, nor in that of
    # another program of ours.
    if session < pid or (session != pid and is_started(session)):
        return False
    return is_stray(number, marker, pid) is not False


def _last_number() -> int:
    """Returns the process id that was handed out last; 0 if that is not known."""
    try:
        file = os.open(_LAST, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        return int(os.read(file, 32))
    except (OSError, ValueError):
        return 0
    finally:
        os.close(file)


def _numbers() -> int:
    """Returns how many process ids there are; 0 if that is not known."""
    try:
        return int(_MOST.read_bytes())
    except (OSError, ValueError):
        return 0


_NUMBERS: Final = _numbers()
