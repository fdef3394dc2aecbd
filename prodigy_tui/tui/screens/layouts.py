"""A layout of the fleet as one value, and the fleet laid out by one."""

from typing import Final

from prodigy_tui.tui.model.columns import COLUMNS
from prodigy_tui.tui.model.ordering import GROUPS, SORTS, Order
from prodigy_tui.tui.preferences import Preset
from prodigy_tui.tui.screens.fleet import FleetScreen

_PANES: Final = ("heat", "story", "diff")


def layout_of(fleet: FleetScreen) -> Preset:
    """Returns how the fleet is laid out now."""
    rows = fleet.model.rows
    return Preset(
        panes=tuple(pane for pane in _PANES if fleet.has_class(f"-{pane}")),
        columns=tuple(fleet.rows.columns),
        sort=rows.order.sort,
        reverse=rows.order.reverse,
        group=rows.order.group,
        filter=rows.filter.text,
        failures=rows.failures,
    )


def lay_out(fleet: FleetScreen, preset: Preset) -> None:
    """Lays the fleet out; columns and orders that this version does not know are left out."""
    now = fleet.stage.feed.now()
    usual = Order()
    order = Order(
        sort=next((sort for sort in SORTS if sort == preset.sort), usual.sort),
        reverse=preset.reverse,
        group=next((group for group in GROUPS if group == preset.group), usual.group),
    )
    fleet.model.set_order(order, now)
    columns = tuple(name for name in COLUMNS if name in preset.columns)
    if columns:
        fleet.rows.choose(columns)
    fleet.model.set_failures(preset.failures, now)
    if preset.filter:
        fleet.filter_input.value = preset.filter
    else:
        fleet.filter_box.clear()
    fleet.set_filter(preset.filter)
    fleet.filter_box.show(False)
    for deed, pane in (("heat", "heat"), ("facts", "story"), ("diff", "diff")):
        if fleet.has_class(f"-{pane}") != (pane in preset.panes):
            fleet.perform(deed)
    fleet.redraw()
