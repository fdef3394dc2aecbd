"""`budget` and `notify`: what a run may spend, and whom it tells what (language 17)."""

from typing import Any

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.groups import read_condition
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import document as keys
from prodigy_tui.workflow.model import Budget, Notification, Spent
from prodigy_tui.workflow.nodes import ListNode, MapNode, Node
from prodigy_tui.workflow.reading import read_texts, read_word, wrong_type

_CHANNELS = ("shell", "webhook", "desktop", "bell")
_DEFAULT_NOTIFY_TIMEOUT_S = 10.0


def read_budget(node: Node | None, context: Context, notes: Notes, *, has_items: bool = True) -> Budget | None:
    """Returns `budget`; in a workflow without items its `per_item` has no effect (PT602)."""
    if node is None:
        return None
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report, "write {usd: 20}, {tokens: 1000000} or {time: 2h}")
        return None
    fields = Fields(node, keys.BUDGET, notes.report)
    values: dict[str, Any] = {
        "usd": fields.number("usd"),
        "tokens": fields.integer("tokens"),
        "time": fields.duration("time"),
        "per_item": _spent(fields, "per_item", context, notes),
        "estimate": _spent(fields, "estimate", context, notes),
        "on_exceed": fields.word("on_exceed") or "stop",
    }
    if not has_items and (per_item := fields.entry("per_item")) is not None:
        message = "'per_item' limits what an item may use, and a workflow without 'map' has no items"
        notes.report.add("PT602", per_item, message)
    if not any(name in fields for name in ("usd", "tokens", "time", "per_item")) and not fields.rejected:
        notes.report.add("PT602", node, "'budget' without 'usd', 'tokens', 'time' or 'per_item' limits nothing")
    return Budget(**values, late=notes.late(fields, context))


def _spent(fields: Fields, name: str, context: Context, notes: Notes) -> Spent:
    node = fields.node_of(name)
    if node is None:
        return Spent()
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping with 'usd' and 'tokens'", notes.report)
        return Spent()
    inner = Fields(node, keys.SPENT, notes.report)
    usd, tokens = inner.number("usd"), inner.integer("tokens")
    return Spent(usd=usd, tokens=tokens, late=notes.late(inner, context))


def read_notify(node: Node | None, context: Context, notes: Notes) -> tuple[Notification, ...]:
    """Returns the entries of `notify`."""
    if node is None:
        return ()
    if not isinstance(node, ListNode):
        wrong_type(node, "a list of notifications", notes.report)
        return ()
    found = (_notification(item, context, notes) for item in node.items)
    return tuple(notification for notification in found if notification is not None)


def _notification(node: Node, context: Context, notes: Notes) -> Notification | None:
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping with 'on' and a way to tell", notes.report)
        return None
    fields = Fields(node, keys.NOTIFY, notes.report)
    on = fields.require("on", "a notification")
    scalars = () if on is None else read_texts(on, notes.report)
    words = [read_word(scalar, keys.NOTIFY_EVENTS, notes.report) for scalar in scalars]
    if isinstance(on, ListNode) and not on.items:
        notes.report.add("PT105", on, "'on' must name an event, not nothing", f"use {', '.join(keys.NOTIFY_EVENTS)}")
    flags = {name: fields.flag(name) for name in ("desktop", "bell")}
    _check_channels(fields, flags)
    limit = fields.timeout()
    late = notes.late(fields, context)
    return Notification(
        on=tuple(word for word in words if word is not None),
        shell=notes.text(fields.scalar("shell"), "shell", context),
        webhook=notes.text(fields.scalar("webhook"), "plain", context),
        **flags,
        when=read_condition(fields.node_of("when"), context, notes),
        timeout=limit if "timeout" in fields and "timeout" not in late else _DEFAULT_NOTIFY_TIMEOUT_S,
        late=late,
    )


def _check_channels(fields: Fields, flags: dict[str, bool]) -> None:
    """Reports a notification without a way to tell (PT108), or with several (PT103)."""
    given = [
        entry
        for name in _CHANNELS
        if name in fields and (flags.get(name, True) or name in fields.late) and (entry := fields.entry(name))
    ]
    given.sort(key=lambda entry: (entry.line, entry.column))
    for second in given[1:]:
        message = f"'{given[0].key}' and '{second.key}' cannot stand together; one must go"
        fields.report.add("PT103", second, message, "make two notifications of it")
    if not given and fields.meant.isdisjoint(_CHANNELS):
        message = "a notification needs one of 'shell', 'webhook', 'desktop' and 'bell'"
        fields.report.add("PT108", fields.node, message)
