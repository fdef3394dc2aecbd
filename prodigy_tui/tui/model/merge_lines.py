"""The lines of the merge queue, and what is told of the selected one."""

from datetime import datetime, tzinfo

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.landing import landed_lines, landing_facts, landing_question, landing_tally
from prodigy_tui.tui.model.letters import item_data
from prodigy_tui.tui.model.line import BLANK, Line, Role, shorten
from prodigy_tui.tui.model.looks import DEAD, DONE, MERGING, QUEUED, WAITING, Look
from prodigy_tui.tui.model.merges import Meeting, MergeRow, Merges
from prodigy_tui.tui.model.questions import question_lines
from prodigy_tui.tui.model.text import agent_name, clip_name, clock, fit, safe, span
from prodigy_tui.tui.model.verbs import merge_command
from prodigy_tui.wording import plural

_FILES = 40
_SAID = 12
_LEAST_TOLD = 8
_LOOKS: dict[str, Look] = {
    "gate": WAITING, "landing": WAITING, "conflict": DEAD, "merging": MERGING, "queued": QUEUED, "merged": DONE,
}  # fmt: skip


def merges_heading(width: int, longest: int = 30) -> Line:
    """Returns the line that names the columns."""
    named = _name_cells(width, longest)
    told = _told_cells(width, named)
    what, since = (fit("what", told), fit("since", 7, right=True)) if told >= _LEAST_TOLD else ("what", "")
    return ((fit(f"     {fit('agent', 6)}{fit('item', named)} {what}{since}", width), "muted"),)


def _name_cells(width: int, longest: int) -> int:
    return min(max(longest, 9), 40, max(10, (width - 20) * 2 // 5))


def _told_cells(width: int, named: int) -> int:
    """Returns the cells for what is said of an item."""
    return width - 5 - 6 - 1 - named - 1 - 7


def merge_line(row: MergeRow, merges: Merges, state: RunState, now: datetime, width: int, longest: int = 30) -> Line:
    """Returns the line of a row in at most `width` cells; no name of an item is longer than `longest`."""
    if row.kind == "head":
        return _heading(row.id, merges, state, now, width)
    look = _LOOKS[row.kind]
    name, item, detail, role, since = _cells(row, merges, state)
    age = span((now - since).total_seconds()) if since is not None else ""
    quiet: Role = "muted" if look.role == "muted" else "text"
    named = _name_cells(width, longest)
    told = _told_cells(width, named)
    line: Line = ((f"   {look.glyph} ", look.role), (fit(name, 6), quiet), (fit(clip_name(item, named), named), quiet))
    if told < _LEAST_TOLD:
        return shorten((*line, (" ", quiet), (detail, role)), width)
    return (*line, (" ", quiet), (fit(detail, told), role), (fit(age, 7, right=True), "muted"), (" ", quiet))


def needing_words(merges: Merges) -> str:
    """Returns how much here is a person's: decisions, and what could not be merged; empty where nothing is."""
    needing, conflicts = merges.needing, merges.conflicts
    told = [f"{plural(needing, 'needs', 'need')} you"] if needing else []
    return " · ".join([*told, plural(conflicts, "conflict")] if conflicts else told)


def _heading(section: str, merges: Merges, state: RunState, now: datetime, width: int) -> Line:
    words: dict[str, tuple[str, str, Role]] = {
        "needs": (f"! {needing_words(merges)}", f"{key('move.enter')} opens", "warning"),
        "now": (f"⇄ under way {len(state.merges)}", what_happens(state, now), "accent"),
        "queue": (f"· waiting {len(state.merge_queue)}", why_waiting(state), "muted"),
        "merged": (f"✓ merged {merges.merged:,}", "the newest first", "success"),
    }
    title, more, role = words[section]
    return ((" " + title, role), (fit(f"  {more}", max(0, width - len(title) - 1)), "muted"))


def _cells(row: MergeRow, merges: Merges, state: RunState) -> tuple[str, str, str, Role, datetime | None]:
    """Returns agent, item, what is said of it, how, and since when."""
    if row.kind == "landing":
        landing = state.landing
        words = safe(landing.message or landing.status) if landing is not None else ""
        return "run", "the landing", words, "warning", None
    if row.kind == "gate":
        gate = state.gates[row.id]
        item = state.items.get(gate.item_id or "")
        name = agent_name(item.position) if item is not None else "run"
        about = item_name(item) if item is not None else {"landing": "land?", "canary": "canary?"}.get(gate.kind, "?")
        why = item.failure.message if item is not None and item.failure is not None else gate.question
        return name, about, safe(why), "warning", state.asked_at[row.id]
    item = state.items.get(row.id)
    if item is None:
        return "", safe(row.id), "", "muted", None
    detail, role = _detail(row, item, merges, state)
    return agent_name(item.position), item_name(item), detail, role, item.ended_at or item.last_at


def _detail(row: MergeRow, item: ItemState, merges: Merges, state: RunState) -> tuple[str, Role]:
    size = plural(len(item.files), "file")
    meets = meeting_words(merges.meeting(item.item.id), state)
    if row.kind == "conflict":
        return safe(item.failure.message) if item.failure is not None else "conflict", "error"
    if row.kind == "queued":
        return f"#{merges.position(row.id)} · {size}{meets}", "text"
    if row.kind == "merging":
        return f"{_doing(item, state)} · {size}{meets}", "accent"
    return f"{plural(item.commits, 'commit')}, {size}", "muted"


def meeting_words(meeting: Meeting, state: RunState) -> str:
    """Returns which others have changed the same files, in a few words."""
    if not meeting.files:
        return ""
    names = ", ".join(agent_name(state.items[one].position) for one in meeting.items if one in state.items)
    return f" · {meeting.files} shared with {names}"


def _doing(item: ItemState, state: RunState) -> str:
    resolution, verification = state.resolution, state.verification
    if resolution is not None and resolution.item_id == item.item.id:
        work = "solving the conflict in" if resolution.purpose == "conflict" else "making anew"
        return f"{work} {safe(', '.join(resolution.paths[:3]))}"
    if verification is not None and item.item.id in verification.item_ids:
        running = [step.label for step in verification.steps.values() if step.status == "running"]
        return f"verifying: {safe(running[-1], 60)}" if running else "verifying"
    return "merging"


def what_happens(state: RunState, now: datetime) -> str:
    """Returns what is done with the branches that are being merged."""
    verification, resolution = state.verification, state.resolution
    if resolution is not None:
        who = "an agent solves a conflict" if resolution.purpose == "conflict" else "files are made anew"
        return f"{who} for {span((now - resolution.since).total_seconds())}"
    if verification is None:
        return "one after the other onto the run branch"
    purposes = {
        "candidate": "the candidate is verified",
        "base": "the run branch alone is verified, to tell whose fault it is",
        "part": "a part of the batch is verified, to find the culprit",
        "again": "verified once more: does the failure come again?",
        "fix": "a step mends what failed",
        "fixed": "what was mended is verified",
    }
    took = span((now - verification.since).total_seconds())
    return f"{purposes[verification.purpose]} at {verification.commit[:7]} for {took}"


def why_waiting(state: RunState) -> str:
    """Returns why the queue does not go on this moment."""
    if state.merges_held:
        return "held: merging was broken off, and goes on when the run is resumed"
    if state.disk is not None:
        return "the disk has no room"
    if state.stop is not None:
        return f"the run stops: {safe(state.stop.message)}"
    if state.merges:
        first = state.items.get(next(iter(state.merges)))
        others = len(state.merges) - 1
        behind = agent_name(first.position) if first is not None else "another"
        batch = f" · {state.batch_size} at once" if state.batch_size > 1 else ""
        return f"behind {behind}{f' and {others} more' if others else ''}{batch}"
    return "next"


# ------------------------------------------------------------------------------------------------------ the other half


def merge_facts(row: MergeRow, merges: Merges, state: RunState, now: datetime, zone: tzinfo | None) -> list[Line]:
    """Returns what is told of the selected line."""
    match row.kind:
        case "head":
            return _about_section(row.id, merges, state, now)
        case "landing":
            return _unlanded(state)
        case "gate":
            gate = state.gates.get(row.id)
            if gate is None:
                return [(("answered", "muted"),)]
            if gate.kind == "landing":
                decides: Line = ((f"{key('move.enter')} ", "key"), ("decides", "text"))
                tally = [found] if (found := landing_tally(state)) else []
                return [landing_question(state), *tally, BLANK, decides, BLANK, *landing_facts(state)]
            item = state.items.get(gate.item_id or "")
            opens: Line = ((f"{key('move.enter')} ", "key"), ("opens it for review", "text"))
            lines: list[Line] = [((safe(gate.question, 300), "warning"),), BLANK, opens, BLANK]
            return lines + (
                _about_item(item, merges, state, zone) if item is not None else question_lines(gate, state, now)
            )
        case _:
            item = state.items.get(row.id)
            return _about_item(item, merges, state, zone) if item is not None else []


def _about_section(section: str, merges: Merges, state: RunState, now: datetime) -> list[Line]:
    match section:
        case "needs":
            return [(("What a person decides: the landing, suspects, the canary's sample, and conflicts that nobody"
                      " could solve. Everything else the agents merge by themselves.", "text"),)]  # fmt: skip
        case "now":
            lines: list[Line] = [((what_happens(state, now), "accent"),)]
            verification = state.verification
            if verification is not None:
                steps = sorted(verification.steps.values(), key=lambda step: step.started_at)
                lines += [((f"  {step.status:9} ", "muted"), (safe(step.label), "text")) for step in steps]
            return lines
        case "queue":
            return [((why_waiting(state), "text"),), BLANK,
                    (("Branches are merged in the order in which their agents finished.", "muted"),)]  # fmt: skip
        case _:
            landed = [*landed_lines(state.landed), BLANK] if state.landed is not None else []
            return [*landed, ((f"{plural(merges.merged, 'item')} on the run branch", "success"),),
                    ((f"which stands at {state.tip[:10]}", "muted"),)]  # fmt: skip


def _unlanded(state: RunState) -> list[Line]:
    landing = state.landing
    if landing is None:
        return []
    lines: list[Line] = [
        ((f"not landed: {landing.status}", "warning"),),
        ((safe(landing.message), "text"),),
        *(((f"  {safe(path)}", "text"),) for path in landing.paths[:_FILES]),
        BLANK,
        ((f"{key('merge.open')} ", "key"), ("asks anew", "text")),
        (("later, from a shell: ", "muted"), (merge_command(state), "key")),
    ]
    return lines


def _about_item(item: ItemState, merges: Merges, state: RunState, zone: tzinfo | None) -> list[Line]:
    lines: list[Line] = [((item_name(item), "strong"), (f"  {agent_name(item.position)}", "muted"))]
    if item.merged:
        at = f" at {clock(item.ended_at, zone)}" if item.ended_at is not None else ""
        lines.append(((f"✓ merged{at}", "success"),))
    elif item.failure is not None:
        lines.append(((safe(item.failure.message), "warning"),))
    lines.append(((f"{plural(item.commits, 'commit')}, {plural(len(item.files), 'file')}", "muted"),))
    if item.status == "dead":
        enter, sides, again = key("move.enter"), key("review.conflicts"), key("agent.retry")
        lines += [
            BLANK,
            ((f"{enter} ", "key"), ("then ", "text"), (f"{sides} ", "key"), ("shows both sides", "text")),
            ((f"{again} ", "key"), ("tries it again on the run branch as it is now", "text")),
        ]
    lines += _said("It says", item)
    lines += item_data(item)
    lines += _overlap(item, merges, state)
    rest = [path for path in item.files if len(merges.owners(path, 2)) < 2]
    if rest:
        lines += [BLANK, (("Files of its own", "strong"),)]
        lines += [((f"  {safe(path)}", "text"),) for path in rest[:_FILES]]
        if len(rest) > _FILES:
            lines.append(((f"  and {len(rest) - _FILES} more", "muted"),))
    return lines


def _said(title: str, item: ItemState) -> list[Line]:
    said = [text for text in item.output.splitlines() if text.strip()][:_SAID]
    return [BLANK, ((title, "strong"),), *((("  " + safe(text), "text"),) for text in said)] if said else []


def _overlap(item: ItemState, merges: Merges, state: RunState) -> list[Line]:
    """Tells which files others have changed as well, and what those others meant to do."""
    shared = merges.shared_files(item.item.id)
    if not shared:
        return []
    lines: list[Line] = [BLANK, (("Changed by others as well", "strong"),)]
    intents: dict[str, None] = {}
    for path in shared[:_FILES]:
        others = [one for one in merges.owners(path) if one != item.item.id]
        intents.update(dict.fromkeys(others))
        names = ", ".join(agent_name(state.items[one].position) for one in others if one in state.items)
        lines.append((("  " + safe(path), "text"), (f"  {names}", "accent")))
    if len(shared) > _FILES:
        lines.append(((f"  and {len(shared) - _FILES} more", "muted"),))
    for other in list(intents)[:4]:
        entry = state.items.get(other)
        if entry is None:
            continue
        said = next((text for text in entry.output.splitlines() if text.strip()), "")
        standing = "merged" if entry.merged else entry.status
        named = f"  {agent_name(entry.position)} "
        lines.append(((named, "accent"), (item_name(entry), "text"), (f"  {standing}", "muted")))
        if said:
            lines.append((("       " + safe(said, 200), "muted"),))
    return lines
