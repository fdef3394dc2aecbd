"""The dead letter queue: causes of what failed for good, the items of each, every attempt, the way back to work."""

from collections.abc import Iterable
from typing import ClassVar, Final, Literal, TypeAlias

from textual import on
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.events import DescendantFocus
from textual.widget import Widget
from textual.widgets import Input

from prodigy_tui.tui.actions.registry import bindings_for
from prodigy_tui.tui.desk import PlaceName
from prodigy_tui.tui.model.filtering import Filter, FilterWrong
from prodigy_tui.tui.model.grouping import ByFingerprint, Grouped
from prodigy_tui.tui.model.letter_filter import letter_filter, narrow
from prodigy_tui.tui.model.letter_report import item_report, pattern_report
from prodigy_tui.tui.model.letters import item_story
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.parting import Partings
from prodigy_tui.tui.model.pattern_lines import pattern_facts
from prodigy_tui.tui.model.patterns import EVERYTHING
from prodigy_tui.tui.model.run import Dirty
from prodigy_tui.tui.model.verbs import retry_command
from prodigy_tui.tui.screens.base import RunScreen
from prodigy_tui.tui.screens.letter_deeds import LetterDeeds
from prodigy_tui.tui.screens.letter_groups import LetterGroups
from prodigy_tui.tui.screens.stage import Stage
from prodigy_tui.tui.widgets.cursor import CursorList
from prodigy_tui.tui.widgets.filterbox import FilterBox
from prodigy_tui.tui.widgets.letterlist import LetterList
from prodigy_tui.tui.widgets.page import Page
from prodigy_tui.tui.widgets.patternlist import PatternList

Depth: TypeAlias = Literal[0, 1, 2]
_JUDGED_EVERY_S: Final = 2.0
"""How often a filter that depends on the time is asked again."""
_DEPTHS: Final = ("-at-patterns", "-at-items", "-at-detail")


class DlqScreen(RunScreen):
    """Patterns, the items of the selected one, and the story of the selected item; as many as there is room for."""

    place: ClassVar[PlaceName] = "dlq"
    hint_ids = ("agent.retry", "dlq.retry-pattern", "dlq.discard", "dlq.mark", "screen.log", "dlq.filter")
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for("replay", "moving", "dlq", "agent", "everywhere"),
        ("escape", "back", "Back"),
    ]

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.partings = Partings()
        self.patterns = PatternList(stage.model.patterns, stage.feed.now, id="patterns")
        self.facts = Page(id="pattern-facts")
        self.letters = LetterList(stage.model, stage.feed.now, self.partings, stage.feed.clock.monotonic, id="letters")
        self.story = Page(id="detail")
        self.filter_box = FilterBox()
        self.filter = Filter()
        self.deeds = LetterDeeds(self)
        self.groups = LetterGroups(self)
        self._judged_at = 0.0
        self._depth: Depth = 0
        self.add_class(_DEPTHS[0])

    def compose_body(self) -> Iterable[Widget]:
        self.facts.can_focus = False
        self.story.entitle((("Detail", "strong"),))
        self.facts.entitle((("Cause", "strong"),))
        yield self.filter_box
        yield Container(
            Vertical(self.patterns, self.facts, id="causes"), self.letters, self.story, id="body", classes="letters"
        )

    def on_mount(self) -> None:
        self.group()
        super().on_mount()
        self.patterns.focus()

    def group(self) -> None:
        """Groups failures as the person has said about this repository."""
        groups = self.stage.world.groups
        saved = groups.all() if groups is not None else {}
        self.model.patterns.group(Grouped(saved) if saved else ByFingerprint())

    def on_unmount(self) -> None:
        self.partings.tell_all()

    def begin_anew(self) -> None:
        self.partings.tell_all()
        self.group()
        self.set_filter("")
        self.filter_box.clear()
        self.filter_box.show(False)
        self.letters.begin_anew()
        self.patterns.begin_anew()
        self.go_to(0)

    def follow_body(self, dirty: Dirty) -> None:
        if dirty.state or dirty.rows or dirty.jumped:
            self.redraw()

    def redraw(self) -> None:
        """Draws everything again."""
        self.patterns.follow(self.filter.text)
        self.letters.show(self.patterns.selected)
        self.letters.follow()
        self._tell()

    def tick_body(self) -> None:
        if self.filter.timed and self.stage.feed.clock.monotonic() - self._judged_at >= _JUDGED_EVERY_S:
            self._narrow()
            self.redraw()
        self.patterns.tick()
        self.letters.tick()
        self._tell()

    @on(CursorList.Selected)
    def _chosen(self, event: CursorList.Selected) -> None:
        if event.sender is self.patterns:
            self.letters.show(self.patterns.selected)
            self.patterns.refresh()
        self._tell()

    def _tell(self) -> None:
        model, zone = self.model, self.model.zone
        self.facts.set_lines(pattern_facts(self.patterns.selected, model.patterns, zone, again=self._again_all))
        chosen = self.letters.selected if self.letters.count() else None
        told: list[Line] = [(("nothing has failed for good", "success"),)]
        if model.state.dead_letters:
            told = [(("no dead letter is as the filter says", "muted"),)]
        if chosen is not None:
            told = item_story(chosen, model.state, self.stage.feed.now(), zone, again=self._again(chosen))
        self.story.set_lines(told)

    @property
    def _again_all(self) -> str | None:
        """What tries all of a pattern again where its key does not."""
        desk = self.stage.desk
        if desk.can_steer or desk.records.takes_up:
            return None
        return retry_command(self.model.state) if desk.travel.no_live() else ""

    def _again(self, item_id: str) -> str | None:
        """Returns what tries an item again where its key does not."""
        desk, item = self.stage.desk, self.model.state.items.get(item_id)
        if desk.can_steer or desk.records.takes_up:
            return None
        return retry_command(self.model.state, item) if item is not None and desk.travel.no_live() else ""

    @on(CursorList.Opened)
    def _opened(self) -> None:
        self.enter()

    # ------------------------------------------------------------------------------------------------------- panes

    @property
    def panes(self) -> tuple[PatternList, LetterList, Page]:
        """The panes from the whole to the single thing."""
        return self.patterns, self.letters, self.story

    @property
    def at_patterns(self) -> bool:
        """Whether keys mean the selected pattern."""
        return self._depth == 0

    def go_to(self, depth: int) -> None:
        """Goes to a pane; where there is no room for all, it comes into view."""
        found: tuple[Depth, ...] = (0, 1, 2)
        self._depth = found[min(max(depth, 0), 2)]
        for place, name in enumerate(_DEPTHS):
            self.set_class(place == self._depth, name)
        if self._depth:
            # Whoever has gone there means these, whatever fails meanwhile.
            self.patterns.pinned = self.letters.pinned = True
        if self.is_mounted:
            self.panes[self._depth].focus()

    @on(DescendantFocus)
    def _focused(self, event: DescendantFocus) -> None:
        if event.widget in self.panes and event.widget is not self.panes[self._depth]:
            self.go_to(self.panes.index(event.widget))

    def action_pane(self, direction: int) -> None:
        """Goes to the next pane, round and round."""
        self.go_to((self._depth + direction) % len(self.panes))

    def action_back(self) -> None:
        """One level back: the filter, the pane, the screen."""
        if self.filter_box.display or self.filter:
            self.set_filter("")
            self.filter_box.clear()
            self.filter_box.show(False)
            self.go_to(self._depth)
        elif self._depth:
            self.go_to(self._depth - 1)
        elif self.letters.marked:
            self.letters.unmark()
        else:
            self.stage.desk.go_to("fleet")

    def enter(self) -> None:
        if self._depth < 2:
            if self.letters.count():
                self.go_to(self._depth + 1)
        elif self.letters.selected is not None:
            self.stage.desk.go_to("log")

    def move(self, lines: int) -> None:
        self.panes[self._depth].move(lines)

    def page(self, direction: int) -> None:
        self.panes[self._depth].page(direction)

    def edge(self, direction: int) -> None:
        self.panes[self._depth].edge(direction)

    # ------------------------------------------------------------------------------------------- what is chosen here

    @property
    def chosen_items(self) -> tuple[str, ...]:
        if self.letters.marked:
            letters = self.model.state.dead_letters
            return tuple(sorted((one for one in self.letters.marked if one in letters), key=lambda one: -letters[one]))
        return super().chosen_items

    @property
    def current_item(self) -> str | None:
        return self.letters.selected if self.letters.count() else None

    def copied(self) -> str:
        """The pattern as a report, or the item."""
        pattern = self.model.patterns.get(self.patterns.selected)
        item = self.model.state.items.get(self.current_item or "")
        if self._depth == 0 and pattern is not None and pattern.letters:
            return pattern_report(pattern, self.model.state, self.model.zone)
        return item_report(item, self.model.state, self.model.zone) if item is not None else ""

    def copied_path(self) -> str:
        """Where the files of the failed attempt lie, else the item's id."""
        item = self.model.state.items.get(self.current_item or "")
        return (item.worktree or item.item.id) if item is not None else ""

    def perform(self, deed: str) -> None:
        match deed:
            case "mark" if self._depth > 0:
                self.letters.mark()
            case "mark" | "mark-all":
                self.letters.mark_all()
            case "unmark":
                self.letters.unmark()
            case "filter":
                self.filter_box.show(True)
                self.filter_box.input.focus()
            case "split" | "join" | "ungroup":
                self.groups.perform(deed)
            case _:
                self.deeds.perform(deed)

    # ------------------------------------------------------------------------------------------------------- filter

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self.set_filter(event.value)

    @on(Input.Submitted, "#filter")
    def _filter_kept(self) -> None:
        if not self.filter_box.note.trouble:
            self.filter_box.show(False)
            self.go_to(self._depth)

    def set_filter(self, text: str) -> None:
        """Filters by what was typed; what cannot be understood changes nothing and is said beside it."""
        if text.strip() == self.filter.text and not self.filter_box.note.trouble:
            return
        before = self.filter
        try:
            self.filter = letter_filter(text, self.model, self.stage.world.expressions)
            self._narrow()
        except FilterWrong as wrong:
            self.filter = before
            self.filter_box.tell(str(wrong))
            return
        self.filter_box.tell("")
        if self.patterns.index_of(EVERYTHING) is None and self.patterns.selected == EVERYTHING:
            self.patterns.selected = None
        self.redraw()

    def _narrow(self) -> None:
        """Keeps only letters that the filter admits at this moment."""
        self._judged_at = self.stage.feed.clock.monotonic()
        narrow(self.filter, self.model, self.stage.feed.now)
