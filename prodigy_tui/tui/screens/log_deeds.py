"""What a person can do with a log, on whatever screen it is shown."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.widgets.logview import LogView
from prodigy_tui.wording import plural

if TYPE_CHECKING:
    from prodigy_tui.tui.screens.base import RunScreen

_MOVES: Final = {"minute-back": -60, "minute-on": 60, "ten-back": -600, "ten-on": 600}


class LogDeeds:
    """Does it with one viewer."""

    def __init__(self, screen: "RunScreen", log: LogView) -> None:
        self._screen = screen
        self._log = log

    def perform(self, deed: str) -> bool:
        """Does what a deed names; returns whether it is one of these."""
        log = self._log
        match deed:
            case "follow":
                log.hold_or_follow()
            case "left" | "right":
                log.sideways(1 if deed == "right" else -1)
            case "look":
                from prodigy_tui.tui.screens.look import LookScreen

                self._screen.app.push_screen(LookScreen(log))
            case "next-match" | "previous-match":
                self._to_match(1 if deed == "next-match" else -1)
            case "context":
                if log.picture.search is None:
                    self._say("nothing is looked for; / looks for something")
                log.show_around()
            case "timestamps":
                log.turn_timestamps()
            case "wrap":
                log.turn_wrap()
            case "minute-back" | "minute-on" | "ten-back" | "ten-on":
                log.go_by_time(_MOVES[deed])
            case "folds":
                log.turn_all_folds()
            case "stderr":
                search = log.picture.search
                on = search is None or not search.errors
                log.look_for(search.query if search is not None else None, errors=on)
            case "failure":
                self._to_failure()
            case "save" | "save-all":
                self._save(everything=deed == "save-all" or not log.picture.filtered)
            case _:
                return False
        return True

    def back(self) -> bool:
        """Shows everything again where something is looked for; returns whether it was."""
        if self._log.picture.search is None:
            return False
        self._log.look_for(None)
        return True

    def _to_match(self, direction: int) -> None:
        if self._log.picture.search is None:
            self._say("nothing is looked for; / looks for something")
        elif not self._log.to_match(direction):
            self._say("no match")

    def _to_failure(self) -> None:
        from prodigy_tui.tui.model.log_failure import failing_line

        line = failing_line(self._log.picture)
        if line is not None:
            self._log.go_to_line(line)

    def _save(self, *, everything: bool) -> None:
        """Asks where to, and writes beside the loop."""
        log = self._log
        source = log.picture.source
        known = source.count - source.first
        if not known:
            self._say("there is nothing to save")
            return
        count = known if everything else log.picture.count
        told: list[Line] = [
            ((plural(count, "line") + (", as printed" if everything else ", as shown"), "text"),),
            (("a file that is there is never written over", "muted"),),
        ]

        def taken(text: str | None) -> None:
            if text:
                from prodigy_tui.tui.model.log_saving import target_of

                log.run_worker(self._write(target_of(text), everything=everything), group="save", exit_on_error=False)

        name = log.subject.file_name(log.picture, self._screen.model.state)
        from prodigy_tui.tui.screens.prompt import PromptScreen

        self._screen.app.push_screen(PromptScreen("Save the log to", told, value=name), taken)

    async def _write(self, path: Path, *, everything: bool) -> None:
        from prodigy_tui.tui.model.log_saving import save_shown

        picture = self._log.picture
        numbers = None if everything else [picture.number_at(index) for index in range(picture.count)]
        try:
            if numbers is None:
                await asyncio.to_thread(picture.source.save, path)
            else:
                await asyncio.to_thread(save_shown, path, picture.source, numbers)
        except FileExistsError:
            self._say(f"{path} is there already; choose another name")
        except OSError as error:
            self._say(f"cannot write {path}: {error.strerror or error}")
        else:
            self._say(f"saved to {path}")

    def _say(self, text: str) -> None:
        self._screen.stage.desk.say(safe(text))
