"""The file that `PRODIGY_OUTPUT` names (language 11): what an execution has left there, which may be anything."""

import os
import stat
from pathlib import Path

from prodigy_tui.engine.kinds.execution import OUTPUT_LIMIT
from prodigy_tui.git.deleting import delete


class NoOutputs(Exception):
    """What is there cannot be read; says in a few words why."""


def take_outputs(file: Path) -> str:
    """Returns what an execution wrote, nothing if it wrote nothing, and takes the file away.

    Raises:
        NoOutputs: it is no plain file, or cannot be opened.
    """
    try:
        # A pipe must not hold the run up.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    except OSError as error:
        delete(file)
        raise NoOutputs(f"cannot be read: {error.strerror}") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NoOutputs("is no plain file")
        with open(descriptor, "rb", closefd=False) as opened:
            return opened.read(OUTPUT_LIMIT).decode("utf-8", "replace")
    finally:
        os.close(descriptor)
        delete(file)
