"""The terminal's bell: rung by the interface while there is one, else on stderr when that is a terminal."""

import sys
from collections.abc import Callable


class Bell:
    """Rings where a person may hear it."""

    def __init__(self) -> None:
        self.interface: Callable[[], object] | None = None
        """What rings in the interface, from any thread."""

    def ring(self) -> None:
        """Rings once; where there is no terminal nothing happens."""
        if self.interface is not None:
            self.interface()
        elif sys.stderr.isatty():
            sys.stderr.write("\a")
            sys.stderr.flush()
