"""Splitting a pattern of failures and joining two: what a person chooses is kept for the repository."""

from typing import TYPE_CHECKING

from prodigy_tui.tui.model.choosing import Choice
from prodigy_tui.tui.model.filtering import FilterWrong
from prodigy_tui.tui.model.grouping import JOIN, SPLIT, choices_about, splitting
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.pattern_lines import pattern_title
from prodigy_tui.tui.model.patterns import EVERYTHING, Pattern
from prodigy_tui.tui.screens.chooser import ChooserScreen
from prodigy_tui.wording import plural

if TYPE_CHECKING:
    from prodigy_tui.tui.screens.dlq import DlqScreen


class LetterGroups:
    """The choices about the selected pattern."""

    def __init__(self, screen: "DlqScreen") -> None:
        self._screen = screen

    def perform(self, deed: str) -> None:
        """Asks for what belongs to a choice, or takes choices back."""
        pattern = self._pattern
        if self._screen.stage.world.groups is None:
            self._say("choices about patterns cannot be kept here")
        elif pattern is None:
            self._say("select a pattern")
        elif deed == "split":
            self._split(pattern)
        elif deed == "join":
            self._join(pattern)
        else:
            self._ungroup(pattern)

    @property
    def _pattern(self) -> Pattern | None:
        pattern = self._screen.model.patterns.get(self._screen.patterns.selected)
        return None if pattern is None or pattern.id == EVERYTHING or not pattern.letters else pattern

    def _split(self, pattern: Pattern) -> None:
        told: list[Line] = [
            ((pattern_title(pattern), "strong"),),
            (("failures in whose message or output it is found become a pattern of their own", "muted"),),
        ]

        def taken(text: str) -> None:
            try:
                splitting(text)
            except FilterWrong as wrong:
                self._say(str(wrong))
                return
            self._keep(f"{SPLIT}{pattern.print.id}", text)

        self._screen.stage.desk.ask("Split by a regular expression", told, taken)

    def _join(self, pattern: Pattern) -> None:
        patterns = self._screen.model.patterns
        names = [patterns.name_at(line) for line in range(len(patterns))]
        found = [one for name in names if (one := patterns.get(name)) is not None]
        others = [one for one in found if one.id not in (EVERYTHING, pattern.id)]
        if not others:
            self._say("there is no other pattern")
            return

        def choices() -> list[Choice]:
            return [Choice(id=one.id, caption=pattern_title(one), note=plural(len(one), "item")) for one in others]

        def pick(name: str) -> bool:
            self._keep(f"{JOIN}{pattern.id}", name)
            return False

        self._screen.app.push_screen(ChooserScreen("Join it with", choices, pick))

    def _ungroup(self, pattern: Pattern) -> None:
        groups = self._screen.stage.world.groups
        if groups is None:
            return
        names = choices_about(pattern.id, groups.all())
        wrong = next((said for name in names if (said := groups.forget(name))), "")
        self._show(wrong or ("" if names else "nothing was chosen about this pattern"))

    def _keep(self, name: str, value: str) -> None:
        groups = self._screen.stage.world.groups
        if groups is not None:
            self._show(groups.save(name, value))

    def _show(self, wrong: str) -> None:
        if wrong:
            self._say(wrong)
        self._screen.patterns.pinned = True
        self._screen.group()
        self._screen.redraw()

    def _say(self, text: str) -> None:
        self._screen.stage.desk.say(text)
