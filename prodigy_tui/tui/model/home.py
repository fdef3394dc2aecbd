"""What stands on the first screen: what waits for a decision, the runs, the workflows; each as lines."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import BLANK, Line, Role
from prodigy_tui.tui.model.recorded import Found, PlannedRun, RunSummary, Wait, WaitKind, WorkflowFound
from prodigy_tui.tui.model.text import clip_name, fit, safe, span
from prodigy_tui.wording import plural

_KINDS: Final[dict[WaitKind, tuple[str, str, Role]]] = {
    "landing": ("!", "land?", "warning"),
    "question": ("!", "question", "warning"),
    "suspect": ("!", "suspect", "warning"),
    "unmerged": ("⇄", "unmerged", "accent"),
    "dead": ("†", "dead", "error"),
}
_DEEDS: Final[dict[WaitKind, tuple[str, str]]] = {
    "landing": ("merge.open", "asks again"),
    "question": ("merge.open", "asks again"),
    "suspect": ("run.pause", "lets it go on, and asks"),
    "unmerged": ("merge.open", "asks whether it lands"),
    "dead": ("agent.retry", "tries again"),
}
"""What decides it in the record of a run that can be taken up from there."""
_WHERE: Final = {"here": "", "project": "template", "user": "your template", "shipped": "shipped"}


_TOLD_APART: Final = 4
"""Signs of the end of a run's id, which is its random part."""


def inbox(runs: Iterable[RunSummary]) -> tuple[Wait, ...]:
    """Returns everything that waits for a decision, in whatever run, the oldest first."""
    waits = [wait for run in runs for wait in run.waits]
    return tuple(sorted(waits, key=lambda wait: (wait.since.timestamp() if wait.since else 0.0, wait.id)))


def home_runs(runs: Iterable[RunSummary]) -> tuple[RunSummary, ...]:
    """Returns the runs that a person has started, those at work first; those that they called are on screen 5."""
    own = [run for run in runs if not run.caller]
    return tuple(sorted(own, key=lambda run: not run.live))


def named_alike(waits: Iterable[Wait]) -> frozenset[str]:
    """Returns the names under which more than one run waits: they need something of their ids beside them."""
    runs: dict[str, set[str]] = {}
    for wait in waits:
        runs.setdefault(wait.name, set()).add(wait.run_id)
    return frozenset(name for name, found in runs.items() if len(found) > 1)


def inbox_heading(width: int) -> Line:
    """Returns the line above what waits."""
    named = _name_cells(width)
    return ((fit(f"   {fit('waits', 9)}{fit('since', 6, right=True)}  {fit('run', named)}  what", width), "muted"),)


def _name_cells(width: int) -> int:
    """Returns how many cells the name of a run has beside what waits in it."""
    return max(10, min(32, width // 4))


def wait_line(wait: Wait, width: int, now: datetime, *, alike: bool = False) -> Line:
    """Returns something that waits as one line; `alike`: another run is called the same."""
    glyph, word, role = _KINDS[wait.kind]
    since = span((now - wait.since).total_seconds()) if wait.since is not None else ""
    named = _name_cells(width)
    told = f" {safe(wait.run_id[-_TOLD_APART:])}" if alike and wait.name else ""
    return (
        (f" {glyph} ", role),
        (fit(word, 9), role),
        (f"{since:>6}  ", "muted"),
        (fit(clip_name(safe(wait.name or wait.run_id, 200), named - len(told)) + told, named + 2), "muted"),
        (fit(safe(wait.text, 400), max(8, width - named - 22)), "text"),
    )


def wait_facts(wait: Wait, now: datetime, *, takes_up: bool = False) -> list[Line]:
    """Returns what one should know of it, and how it is decided; `takes_up`: runs at rest are taken up from here."""
    glyph, word, role = _KINDS[wait.kind]
    since = f"  for {span((now - wait.since).total_seconds())}" if wait.since is not None else ""
    lines: list[Line] = [
        ((f"{glyph} {word}", role), (since, "muted")),
        ((safe(wait.text, 2000), "strong"),),
        (
            (safe(wait.name), "text"),
            (f"  {safe(wait.run_id)}", "muted"),
            _standing(wait),
        ),
        BLANK,
    ]
    lines += [((safe(line), "text"),) for line in wait.detail.splitlines()[:40]]
    if wait.detail:
        lines.append(BLANK)
    if wait.live:
        lines.append(((f"{key('move.enter')} ", "key"), ("opens the run: it is decided there", "text")))
    elif takes_up:
        act, what = _DEEDS[wait.kind]
        there: Line = ((f"{key('move.enter')} ", "key"), ("opens the record of the run; ", "text"))
        lines.append((*there, (f"{key(act)} ", "key"), (f"there {what}", "text")))
    else:
        lines.append(((f"{key('move.enter')} ", "key"), ("shows it in the record of the run", "text")))
    if wait.command:
        lines += [
            ((f"{key('copy')} ", "key"), ("copies the command that decides it:", "text")),
            ((safe(wait.command), "key"),),
        ]
    return lines


def _standing(wait: Wait) -> tuple[str, Role]:
    if not wait.live:
        return " · at rest", "muted"
    return (" · ended, and still open", "muted") if wait.over else (" · at work now", "success")


def workflows_heading(width: int) -> Line:
    """Returns the line above the workflows."""
    return ((fit("   workflow", width), "muted"),)


def workflow_line(workflow: WorkflowFound, width: int) -> Line:
    """Returns a workflow as one line."""
    room = max(12, min(34, width * 2 // 5))
    told, role = (workflow.broken, "error") if workflow.broken else (workflow.description, "muted")
    where = _WHERE[workflow.where]
    note = f"{where}{': ' if where and told else ''}{told}"
    glyph: tuple[str, Role] = (" ✗ ", "error") if workflow.broken else (" ▸ ", "primary")
    return (
        glyph,
        (fit(clip_name(safe(workflow.path, 400), room), room + 1), "text"),
        (fit(safe(note, 400), max(0, width - room - 4)), "error" if role == "error" else "muted"),
    )


def workflow_facts(workflow: WorkflowFound) -> list[Line]:
    """Returns what a workflow says of itself."""
    kind = f"  {safe(workflow.kind)} workflow" if workflow.kind else ""
    lines: list[Line] = [((safe(workflow.name), "strong"), (kind, "muted")), ((safe(workflow.path), "muted"),), BLANK]
    if workflow.description:
        lines += [((safe(workflow.description, 2000), "text"),), BLANK]
    if workflow.broken:
        lines += [((safe(workflow.broken, 2000), "error"),), BLANK]
    lines.append(((f"{key('move.enter')} ", "key"), ("shows what it would do, and asks before it starts", "text")))
    return lines


def plan_lines(plan: PlannedRun) -> list[Line]:
    """Returns what a workflow would do, for the question whether it is started."""
    lines: list[Line] = []
    if plan.problem:
        lines += [((safe(plan.problem, 2000), "error"),), BLANK]
    lines += [((safe(line, 2000), "text"),) for line in plan.lines]
    return [*lines, BLANK, (("the same from a shell: ", "muted"), (safe(plan.command), "key"))]


def home_title(found: Found) -> Line:
    """Returns where this is, and how much of what is there."""
    waits, live = len(inbox(found.runs)), sum(run.live for run in found.runs)
    spans: list[tuple[str, Role]] = [
        (" prodigy ▸ ", "primary"),
        (safe(found.place, 200) or "all repositories", "strong"),
    ]
    if live:
        spans.append((f"   ● {live} live", "success"))
    if waits:
        spans.append((f"   ! {plural(waits, 'decision waits', 'decisions wait')}", "warning"))
    return tuple(spans)


def no_workflows() -> Line:
    """Returns what is said in place of workflows."""
    return (
        ("  no workflows here: ", "muted"),
        ("prodigy-tui init", "key"),
        (" writes one, ", "muted"),
        ("prodigy-tui demo", "key"),
        (" shows one", "muted"),
    )


def first_words() -> list[Line]:
    """Returns what is said where nothing has been run yet."""
    return [
        (("nothing has been run here yet", "strong"),),
        BLANK,
        (("prodigy-tui init", "key"), ("  writes a first workflow", "text")),
        (("prodigy-tui demo", "key"), ("  shows scripted agents at work", "text")),
    ]
