"""What a person can do with dead letters: give them back to work, be rid of them, find what they have left."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from textual.timer import Timer

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.parting import GRACE_S, Parting
from prodigy_tui.tui.model.pattern_lines import pattern_title
from prodigy_tui.tui.model.patterns import EVERYTHING
from prodigy_tui.tui.model.retrying import RetryPlan
from prodigy_tui.tui.model.text import agent_name, safe
from prodigy_tui.tui.model.verbs import retry_these
from prodigy_tui.tui.screens.prompt import PromptScreen
from prodigy_tui.tui.screens.retry import RetryScreen
from prodigy_tui.wording import plural

if TYPE_CHECKING:
    from prodigy_tui.tui.screens.dlq import DlqScreen

_LOOK_S = 0.5
_NAMED = 12


class LetterDeeds:
    """Does it with what the screen has chosen."""

    def __init__(self, screen: "DlqScreen") -> None:
        self._screen = screen
        self._timer: Timer | None = None

    def perform(self, deed: str) -> None:
        """Does what a deed names; one that is none of these is nobody's."""
        match deed:
            case "retry" if self._screen.at_patterns and not self._screen.letters.marked:
                # The focus is on a pattern, and no item is to be seen chosen: the pattern is meant.
                self._retry(list(self._screen.letters.item_ids()), pattern=True)
            case "retry":
                self._retry(self._screen.chosen_items, pattern=False)
            case "retry-pattern":
                self._retry(list(self._screen.letters.item_ids()), pattern=True)
            case "discard":
                self._ask_to_discard()
            case "worktree":
                self._copy_worktree()
            case _:
                pass

    def _items(self, item_ids: Sequence[str]) -> tuple[ItemState, ...]:
        """Returns those that are in the queue, and that nobody is about to be rid of."""
        state, partings = self._screen.model.state, self._screen.partings
        return tuple(state.items[one] for one in item_ids if one in state.dead_letters and one not in partings)

    # ------------------------------------------------------------------------------------------------------- retries

    def _retry(self, item_ids: Sequence[str], *, pattern: bool) -> None:
        screen, stage = self._screen, self._screen.stage
        items = self._items(item_ids)
        if not items:
            stage.desk.say("only what failed for good can be retried")
            return
        state, records = screen.model.state, stage.desk.records
        if records.takes_up:
            records.take_up(f"to try again {self._called(items, pattern=pattern)}", retry_these(state, items))
            return
        reduce = state.phases.get("reduce")
        plan = RetryPlan(
            what=self._called(items, pattern=pattern),
            items=items,
            first=screen.current_item or "",
            parallel=state.max_parallel,
            wanted=state.max_parallel,
            can_change=stage.world.decisions is not None,
            has_reduced=reduce is not None and reduce.status == "ok",
        )
        screen.app.push_screen(RetryScreen(stage, plan, self._retried))

    def _called(self, items: Sequence[ItemState], *, pattern: bool) -> str:
        chosen = self._screen.model.patterns.get(self._screen.patterns.selected)
        if len(items) == 1:
            return f"{agent_name(items[0].position)} {item_name(items[0])}"
        if pattern and chosen is not None and chosen.id != EVERYTHING:
            return f"{plural(len(items), 'item')}: {pattern_title(chosen)}"
        return plural(len(items), "item")

    def _retried(self, gone: Sequence[ItemState]) -> None:
        self._screen.letters.marked -= {item.item.id for item in gone}
        self._screen.stage.desk.watch_retry(item.item.id for item in gone)
        self._screen.letters.follow()

    # ------------------------------------------------------------------------------------------------------ discards

    def _ask_to_discard(self) -> None:
        screen, desk = self._screen, self._screen.stage.desk
        if screen.stage.world.decisions is None:
            desk.say("entries cannot be discarded from here: prodigy-tui dlq discard does it")
            return
        items = self._items(screen.chosen_items)
        if not items:
            desk.say("select a dead letter")
            return
        count = "counts" if len(items) == 1 else "count"
        told: list[Line] = [
            ((f"{plural(len(items), 'item')} {count} as skipped then, for good", "text"),),
            ((f"{key('undo')} takes it back, for {GRACE_S:.0f} s", "muted"),),
            BLANK,
            *(((f" {agent_name(item.position)} ", "muted"), (item_name(item), "text")) for item in items[:_NAMED]),
        ]
        if len(items) > _NAMED:
            told.append(((f" and {len(items) - _NAMED:,} more", "muted"),))

        def taken(reason: str | None) -> None:
            if reason is not None:
                self._discard([item.item.id for item in items], reason)

        screen.app.push_screen(PromptScreen("Discard: reason, or nothing", told, needed=False), taken)

    def _discard(self, item_ids: Sequence[str], reason: str) -> None:
        screen, stage = self._screen, self._screen.stage
        decisions, clock = stage.world.decisions, stage.feed.clock
        if decisions is None or not stage.desk.can_steer:
            stage.desk.say("another process drives this run")
            return
        wanted = [item.item.id for item in self._items(item_ids)]
        parting = screen.partings.add(
            wanted,
            clock.monotonic(),
            lambda items: decisions.discard(items, reason),
        )
        if parting is None:
            return
        screen.letters.marked -= set(wanted)
        what = f"discard {plural(len(parting.items), 'item')}"
        stage.desk.offer_undo(what, lambda: self._take_back(parting), clock.now() + timedelta(seconds=GRACE_S))
        screen.letters.follow()
        if self._timer is None:
            # Of the app: it has to go on while another screen is up, and when the run is over.
            self._timer = screen.app.set_interval(_LOOK_S, self.tell)

    def tell(self) -> None:
        """Tells the run what cannot be taken back any more, and lets the rest be seen to wait."""
        screen = self._screen
        screen.partings.tell_over(screen.stage.feed.clock.monotonic())
        if not len(screen.partings) and self._timer is not None:
            self._timer.stop()
            self._timer = None
        if screen.is_current:
            screen.letters.tick()

    def _take_back(self, parting: Parting) -> None:
        screen = self._screen
        if not screen.partings.take_back(parting):
            screen.stage.desk.say("too late: the run has been told")
        screen.letters.follow()

    # --------------------------------------------------------------------------------------------------- what is left

    def _copy_worktree(self) -> None:
        desk = self._screen.stage.desk
        item = self._screen.model.state.items.get(self._screen.current_item or "")
        if item is None:
            desk.say("select a dead letter")
        elif not item.worktree:
            branch = f"; its commits are on {safe(item.branch)}" if item.branch else ""
            desk.say(f"{agent_name(item.position)} has no worktree any more{branch}")
        else:
            desk.copy(item.worktree)
