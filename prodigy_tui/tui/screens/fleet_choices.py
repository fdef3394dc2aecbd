"""What is chosen about the fleet list in menus: order and groups, columns, saved filters."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from prodigy_tui.tui.model.choosing import Choice
from prodigy_tui.tui.model.columns import ALWAYS, COLUMNS, DEFAULT_COLUMNS
from prodigy_tui.tui.model.ordering import GROUPS, SORTS, Order
from prodigy_tui.tui.model.text import safe

if TYPE_CHECKING:
    from prodigy_tui.tui.screens.fleet import FleetScreen

Choices: TypeAlias = Callable[[], list[Choice]]
Pick: TypeAlias = Callable[[str], bool]
_USUAL: Final = "usual"
_REVERSE: Final = "reverse"


class FleetChoices:
    """The menus of one fleet screen."""

    def __init__(self, screen: "FleetScreen") -> None:
        self._screen = screen

    def perform(self, deed: str) -> None:
        """Opens the menu of a deed; one that has none is nobody's."""
        match deed:
            case "sort":
                self._open("Sort and group the agents", self._orders, self._take_order)
            case "columns":
                self._open("Columns", self._columns, self._take_column)
            case "filter-load":
                self._open_saved("Load a filter", self._load)
            case "filter-forget":
                self._open_saved("Forget a filter", self._forget)
            case "filter-save":
                self._save()
            case _:
                pass

    def _open(self, title: str, choices: Choices, pick: Pick) -> None:
        from prodigy_tui.tui.screens.chooser import ChooserScreen

        self._screen.app.push_screen(ChooserScreen(title, choices, pick))

    # ------------------------------------------------------------------------------------------------------- order

    def _orders(self) -> list[Choice]:
        order = self._screen.model.rows.order
        return [
            *(
                Choice(id=f"sort {name}", caption=f"Sort: {name}", note=note, chosen=name == order.sort)
                for name, note in SORTS.items()
            ),
            Choice(id=_REVERSE, caption="Sort: reversed", note="the other way round", chosen=order.reverse),
            *(
                Choice(id=f"group {name}", caption=f"Group: {name}", note=note, chosen=name == order.group)
                for name, note in GROUPS.items()
            ),
        ]

    def _take_order(self, name: str) -> bool:
        model, order = self._screen.model, self._screen.model.rows.order
        sort = next((sort for sort in SORTS if name == f"sort {sort}"), order.sort)
        group = next((group for group in GROUPS if name == f"group {group}"), order.group)
        reverse = order.reverse != (name == _REVERSE)
        if name.startswith("sort ") and sort != order.sort:
            reverse = False
        model.set_order(Order(sort=sort, reverse=reverse, group=group), self._screen.stage.feed.now())
        self._screen.redraw()
        return False

    # ----------------------------------------------------------------------------------------------------- columns

    def _columns(self) -> list[Choice]:
        chosen = self._screen.rows.columns
        columns = [
            Choice(id=name, caption=column.heading, note=column.about, chosen=name in chosen)
            for name, column in COLUMNS.items()
            if name != ALWAYS
        ]
        return [*columns, Choice(id=_USUAL, caption="as usual", note="the columns that one begins with")]

    def _take_column(self, name: str) -> bool:
        rows = self._screen.rows
        if name == _USUAL:
            rows.choose(DEFAULT_COLUMNS)
            return True
        chosen = set(rows.columns)
        rows.choose(tuple(known for known in COLUMNS if (known in chosen) != (known == name)))
        self._screen.counter.look()
        return True

    # ----------------------------------------------------------------------------------------------------- filters

    def _open_saved(self, title: str, pick: Pick) -> None:
        filters = self._screen.stage.world.filters
        if filters is None or not filters.all():
            self._screen.stage.desk.say("no filter has been saved")
            return
        self._open(title, self._saved, pick)

    def _saved(self) -> list[Choice]:
        filters = self._screen.stage.world.filters
        saved = filters.all() if filters is not None else {}
        return [Choice(id=name, caption=safe(name), note=safe(text)) for name, text in sorted(saved.items())]

    def _load(self, name: str) -> bool:
        filters = self._screen.stage.world.filters
        text = filters.all().get(name, "") if filters is not None else ""
        self._screen.filter_input.value = text
        self._screen.filter_box.show(True)
        self._screen.filter_input.focus()
        self._screen.set_filter(text)
        return False

    def _forget(self, name: str) -> bool:
        filters = self._screen.stage.world.filters
        wrong = filters.forget(name) if filters is not None else ""
        self._screen.stage.desk.say(wrong or f"forgotten: {safe(name)}")
        return bool(filters is not None and filters.all())

    def _save(self) -> None:
        desk, filters = self._screen.stage.desk, self._screen.stage.world.filters
        text = self._screen.model.rows.filter.text
        if filters is None:
            desk.say("filters cannot be saved here")
            return

        def take(name: str) -> None:
            desk.say(filters.save(name, text) or f"saved as {safe(name)}")

        desk.ask("Save the filter", [((safe(text), "text"),)], take)
