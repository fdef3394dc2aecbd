"""A folder that tests at work have for themselves: whoever comes second with the same would delete it under them."""

import fcntl
from typing import IO


def have_alone(folder: str) -> IO[str] | None:
    """Takes a folder until what is returned is closed, or this process ends; None where others have it."""
    file = open(f"{folder}.lock", "a")  # noqa: PTH123, SIM115 - beside the folder, for as long as the tests run
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
