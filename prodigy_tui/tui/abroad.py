"""The ways out of the interface and back: other programs on this terminal, standing still, what has been run."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodigy_tui.tui.machine import Machine
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.screens.kind import is_a
from prodigy_tui.tui.terminal import GuardedApp

if TYPE_CHECKING:
    from prodigy_tui.tui.screens.stage import Stage


class Abroad:
    """Implements the desk's part of that name for an app."""

    def __init__(self, app: GuardedApp[Any], machine: Machine, stage: "Callable[[], Stage]") -> None:
        self._app = app
        self._machine = machine
        self._stage = stage

    def no_shell(self) -> str:
        lending = self._machine.lending
        if lending is None or not lending.has_terminal or not self._app.can_lend:
            return "this terminal cannot be lent to another program"
        return ""

    def no_editor(self) -> str:
        lending = self._machine.lending
        if reason := self.no_shell():
            return reason
        return "" if lending is not None and lending.editor() else "set VISUAL or EDITOR to an editor"

    def shell(self, folder: Path) -> None:
        if self._machine.lending is not None:
            self._lend(self._machine.lending.shell(), folder)

    def edit(self, folder: Path, file: Path) -> None:
        if self._machine.lending is not None:
            self._lend((*self._machine.lending.editor(), str(file)), folder)

    def stand_still(self) -> None:
        self._app.action_suspend_process()

    def no_commands(self) -> str:
        return "" if self._machine.commands is not None else "what has been run is not at hand"

    def open_commands(self) -> None:
        commands = self._machine.commands
        if commands is not None and not is_a(self._app.screen, "EngineCommandsScreen"):
            from prodigy_tui.tui.screens.engine_commands import EngineCommandsScreen

            self._app.push_screen(EngineCommandsScreen(self._stage(), commands))

    def _lend(self, command: tuple[str, ...], folder: Path) -> None:
        self._app.run_worker(self._until_back(command, folder), group="lending", exclusive=False)

    async def _until_back(self, command: tuple[str, ...], folder: Path) -> None:
        lending = self._machine.lending
        if lending is None or not self._app.can_lend:
            return
        with self._app.away():
            trouble = await lending.run(command, folder)
        if trouble:
            self._stage().desk.say(safe(trouble))
