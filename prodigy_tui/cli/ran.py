"""What this program has run, for the interface: masked, with times of day."""

import shlex
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prodigy_tui.started import COMMANDS, CommandLog, Started

if TYPE_CHECKING:
    from prodigy_tui.tui.model.engine_commands import Ran


class RanCommands:
    """Implements the interface's `CommandSource`.

    Args:
        mask: takes secrets out of a text; asked whenever a command is shown, because a run learns its secrets late.
    """

    def __init__(self, mask: Callable[[str], str], log: CommandLog = COMMANDS) -> None:
        self._mask = mask
        self._log = log
        self._zero = datetime.now(UTC) - timedelta(seconds=time.monotonic())
        self._words: dict[int, str] = {}

    def commands(self) -> "tuple[Ran, ...]":
        """Returns them, the newest last."""
        every = self._log.all()
        self._words = {one.number: self._words.get(one.number) or shlex.join(one.argv) for one in every}
        return tuple(map(self._told, every))

    def _told(self, one: Started) -> "Ran":
        from prodigy_tui.tui.model.engine_commands import Ran

        ended = one.ended
        return Ran(
            number=one.number,
            at=self._zero + timedelta(seconds=one.began),
            words=self._mask(self._words[one.number]),
            folder=self._mask(one.cwd),
            took_s=ended - one.began if ended is not None else None,
            code=one.code,
        )
