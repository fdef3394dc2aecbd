"""How many files this process may have open: the system's usual 1,024 are too few for some hundred children."""

import resource
from typing import Final

_OWN: Final = 256
"""What is open however few children there are."""
_OF_A_CHILD: Final = 8
"""Both ends of its pipes while it starts, its output on disk, its descriptor: four at rest."""


def allow_children(children: int) -> int | None:
    """Makes room for so many children at once; returns the limit on open files when the system does not let us.

    The limit is raised no further than that: children inherit it, and some programs try every number up to it.
    """
    wanted = _OWN + children * _OF_A_CHILD
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return None
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, reachable), hard))
    except (OSError, ValueError):  # macOS: below its hard limit there is another one
        return soft
    return None if reachable >= wanted else reachable
