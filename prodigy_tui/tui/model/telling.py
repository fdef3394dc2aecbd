"""What stands beside a difference: checks, what the agent says, commits, where it comes from."""

from prodigy_tui.events.merge_state import Verification
from prodigy_tui.events.schema import GateOpened
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.changes import History, Tally
from prodigy_tui.tui.model.line import BLANK, Line, Role
from prodigy_tui.tui.model.looks import STEP_LOOKS
from prodigy_tui.tui.model.reviewing import Findings, Reviewed, is_landing
from prodigy_tui.tui.model.text import agent_name, safe, span
from prodigy_tui.wording import plural

_COMMITS = 30
_SAID_LINES = 12
_OUTSIDE = 5
_CHECK_SPANS = 3
"""A check is its mark, its name and words; what belongs to one is shorter."""


def review_facts(found: Reviewed, state: RunState, findings: Findings, history: History | None) -> list[Line]:
    """Returns the lines beside a difference."""
    lines: list[Line] = [(("Checks", "strong"),), *check_lines(found, state, findings)]
    item = state.items.get(found.item_id or "")
    if found.gate is not None and found.gate.kind not in ("landing", "suspect"):
        lines += [BLANK, (("Asked", "strong"),), (("  " + safe(found.gate.question), "warning"),)]
        lines += [(("  " + safe(text), "text"),) for text in found.gate.detail.splitlines()[:_SAID_LINES]]
    if item is not None:
        said = [text for text in item.output.splitlines() if text.strip()][:_SAID_LINES]
        if said:
            lines += [BLANK, (("Agent says", "strong"),), *((("  " + safe(text), "text"),) for text in said)]
        if item.attempt > 1:
            lines += [BLANK, ((f"try {item.attempt}", "muted"),)]
    lines += [BLANK, *_commits(found, history)]
    return lines


def check_lines(found: Reviewed, state: RunState, findings: Findings) -> list[Line]:
    """Returns one line for everything that was checked, the worst words in full."""
    lines: list[Line] = []
    item = state.items.get(found.item_id or "")
    if item is not None and item.failure is not None and item.status in ("suspect", "failed", "dead"):
        lines.append(_check("!" if item.status == "suspect" else "✗", "agent", safe(item.failure.message), "warning"))
    if is_landing(found):
        lines += landing_checks(state)
        ground = findings.ground
        if ground is None:
            lines.append(_check("◐", "target", findings.failed or "looking at it", "muted"))
        elif ground.in_the_way:
            lines.append(_check("✗", "target", safe(ground.in_the_way), "error"))
            lines += [(("      " + safe(path), "text"),) for path in ground.paths[:_OUTSIDE]]
        else:
            lines.append(_check("✓", "target", "nothing is in the way", "success"))
            if found.gate is not None and ground.target_at != found.gate.onto:
                lines.append(_check("◐", "target", "has moved: approving checks again and asks anew", "warning"))
    if found.onto:
        lines.append(_fits(found, findings))
    return lines or [_check("·", "checks", "none for this change", "muted")]


def landing_checks(state: RunState) -> list[Line]:
    """Returns what verification of the landing has found, a line each step."""
    checked: Verification | None = state.checked
    if checked is None:
        return [_check("·", "verify", "the workflow asks for none", "muted")]
    lines = []
    for record in sorted(checked.steps.values(), key=lambda record: record.started_at):
        look = STEP_LOOKS.get(record.status, STEP_LOOKS["running"])
        took = span((record.ended_at - record.started_at).total_seconds()) if record.ended_at is not None else ""
        failed = f"  {safe(record.failure.message)}" if record.failure is not None else ""
        lines.append(_check(look.glyph, safe(record.label), took + failed, "error" if failed else "success"))
    return lines or [_check("✓", "verify", "passed", "success")]


def _fits(found: Reviewed, findings: Findings) -> Line:
    fit = findings.fit
    onto = f"run@{found.onto[:7]}"
    if fit is None:
        return _check("◐", "merges", findings.failed or f"checking against {onto}", "muted")
    if fit.clean:
        return _check("✓", "merges", f"clean onto {onto}", "success")
    words = plural(len(fit.files), "conflict") if fit.files else safe(fit.detail)
    return _check("✗", "merges", f"{words} with {onto}", "error")


def _check(glyph: str, name: str, words: str, role: Role) -> Line:
    return ((f"  {glyph} ", role), (f"{name:9} ", "text"), (words, "muted" if role == "success" else role))


def check_glyphs(lines: list[Line]) -> Line:
    """Returns the marks of the checks alone."""
    return tuple((line[0][0].strip(), line[0][1]) for line in lines if line and len(line) == _CHECK_SPANS)


def _commits(found: Reviewed, history: History | None) -> list[Line]:
    base = f"base {found.base[:7]}"
    if history is None:
        return [((base, "muted"),)]
    lines: list[Line] = [((f"Commits {history.number}", "strong"), (f" · {base}", "muted"))]
    lines += [
        ((f"  {one.commit[:7]} ", "muted"), (safe(one.subject), "text"), (f"  {safe(one.author, 40)}", "muted"))
        for one in history.commits[:_COMMITS]
    ]
    if history.number > _COMMITS:
        lines.append(((f"  and {history.number - _COMMITS} more", "muted"),))
    return lines


def size_words(tally: Tally | None, files: int) -> Line:
    """Returns how much a change changes."""
    if tally is None:
        return ((plural(files, "file"), "text"),)
    return (
        (f"+{tally.added:,} ", "added"),
        (f"−{tally.removed:,} ", "removed"),
        (f"in {plural(tally.files, 'file')}", "text"),
    )


def suspect_line(gate: GateOpened, state: RunState, why: str | None) -> Line:
    """Returns a suspect in one line; `why`: what keeps it from being accepted unseen, `None` while that is checked."""
    item = state.items.get(gate.item_id or "")
    name = f"{agent_name(item.position)} {item_name(item)}" if item is not None else safe(gate.question, 60)
    reason = safe(item.failure.message) if item is not None and item.failure is not None else ""
    mark: Line = (("  ◐ ", "muted"),) if why is None else (("  ✗ ", "error"),) if why else (("  ✓ ", "success"),)
    return (*mark, (name, "text"), (f"  {safe(why) if why else reason}", "error" if why else "muted"))
