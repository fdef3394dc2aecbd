"""Taking a run up again: whether there is anything left to do, and what of it is kept, done again and still to come."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct, field

from prodigy_tui.cli.lines.line import Parts
from prodigy_tui.cli.output import Painted
from prodigy_tui.events.advice import reduce_command, retry_command
from prodigy_tui.events.evolve_sessions import SEQUENCES
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName
from prodigy_tui.wording import plural

Verdict: TypeAlias = Literal["reuse", "redo", "new", "blocked"]
Kind: TypeAlias = Literal["phase", "item", "landing"]

LINES = 20
"""With more items and phases than this, items of which the same is said share a line."""

_WORDS: dict[Verdict, tuple[str, str]] = {
    "reuse": ("reused", "green"),
    "redo": ("redone", "yellow"),
    "new": ("new", "cyan"),
    "blocked": ("blocked", "red"),
}


class Share(Struct, frozen=True, kw_only=True):
    """A phase, an item or the landing of a run that is taken up again."""

    kind: Kind
    id: str = ""
    what: str
    verdict: Verdict
    why: str = ""


class Asked(Struct, frozen=True, kw_only=True):
    """What a person asks of a run beyond going on."""

    requeued: frozenset[str] = frozenset()
    """Dead letters that are given back to work."""
    kept: Mapping[PhaseName, int] = field(default_factory=dict)
    """Phase → how many of its steps an edited workflow leaves done."""


NOTHING_MORE = Asked()


def nothing_left(state: RunState) -> tuple[str, str] | None:
    """Returns why a run cannot be continued and what to do instead, or None if it can."""
    if state.ended_at is None or state.counts.unfinished:
        return None
    if state.status == "succeeded" and (lacking := reduce_command(state)):
        return "it has succeeded", f"'{lacking}' runs reduce again, with the items that it lacks"
    if state.status == "succeeded":
        return "it has succeeded", "start a new one with 'prodigy-tui run'"
    failed_phase = any(phase.status in ("failed", "interrupted") for phase in state.phases.values())
    if state.status == "failed" and state.stop is None and not failed_phase:
        hint = f"'{retry_command(state)}' gives its dead items back to work"
        return "all its work is done", hint
    return None


def shares_of(before: RunState, after: RunState, asked: Asked = NOTHING_MORE) -> tuple[Share, ...]:
    """Returns what becomes of every part of a run, given its state before and after recovery."""
    shares: list[Share] = []
    for name in SEQUENCES[after.kind]:
        if name == "map" and after.items_loaded:
            shares += (_item(before, after.items[item_id], asked) for item_id in after.order)
        else:
            shares.append(_phase(before, after, name, asked))
    return (*shares, *_landing(before, after))


def _phase(before: RunState, after: RunState, name: PhaseName, asked: Asked) -> Share:
    from prodigy_tui.engine.phases import DONE

    def share(verdict: Verdict, why: str = "") -> Share:
        return Share(kind="phase", id=name, what=name, verdict=verdict, why=why)

    found, now = before.phases.get(name), after.phases.get(name)
    if found is None or now is None:
        return share("new")
    if now.status in ("ok", "skipped"):
        return share("reuse", "finished" if now.status == "ok" else f"left out: {now.message}")
    kept = sum(1 for path, step in now.steps.items() if path.isdigit() and step.status in DONE)
    said = {"failed": "failed", "interrupted": "was interrupted"}.get(found.status, "was under way")
    if name in asked.kept:
        said = "edited"
    elif found.status == "ok" and len(now.steps):
        said = "secret values of it are not recorded"
    elif len(found.steps) and not len(now.steps):
        said = "its commits are gone"
    elif not kept and found.status == "waiting":
        return share("new")
    return share("redo", f"{said}, {plural(kept, 'step')} kept" if kept else said)


def _item(before: RunState, item: ItemState, asked: Asked) -> Share:
    verdict, why = _fate(before, item)
    if item.item.id in asked.requeued:
        verdict, why = "redo", "given back to work"
    return Share(kind="item", id=item.item.id, what=item.item.label or item.item.id, verdict=verdict, why=why)


def _fate(before: RunState, item: ItemState) -> tuple[Verdict, str]:
    in_doubt = item.item.id in before.merges
    match item.status:
        case "success" if in_doubt:
            return "reuse", "its merge had happened"
        case "success":
            return "reuse", "merged, the run branch has its commits" if item.merged else "done without changes"
        case "merging" if before.items[item.item.id].status == "success":
            return "redo", "its merge is gone, its commits are there: merged again"
        case "merging":
            return ("redo", "its merge was cut short") if in_doubt else ("reuse", "finished, to be merged")
        case "pending" if not item.attempt:
            return "new", ""
        case "pending":
            last = item.history[-1].outcome if item.history else ""
            words = {"interrupted": "was interrupted", "lost": "its commits are gone from the repository"}
            return "redo", words.get(last, "given back to work")
        case "failed" | "retrying":
            return "redo", "failed, to be tried again" if item.status == "retrying" else "failed, to be decided"
        case "dead":
            return "blocked", "in the dead letter queue"
        case "skipped" if item.discarded is not None:
            return "blocked", "discarded by a person"
        case "skipped":
            return "blocked", "left out by a person" if item.set_aside else "skipped after its failure"
        case "cancelled":
            return "blocked", "stopped by a person"
        case "running" | "waiting":
            return "redo", "was at work"
        case "suspect":
            return "blocked", "suspect, waits for a decision"


def _landing(before: RunState, after: RunState) -> Iterator[Share]:
    def share(verdict: Verdict, why: str = "") -> Share:
        return Share(kind="landing", what="landing", verdict=verdict, why=why)

    if after.landing is not None and after.landing.status == "landed":
        yield share("reuse", f"landed on {after.landing.target}")
    elif before.landing_started is not None:
        yield share("redo", "was under way")
    elif after.settings.merge != "no":
        yield share("new")


def share_lines(run_id: str, shares: Sequence[Share], *, all_of_them: bool = False) -> list[Parts]:
    """Returns the block of lines that says so; many items share lines unless `all_of_them` are wanted."""
    counted = [f"{number} {_WORDS[verdict][0]}" for verdict, number in counts_of(shares).items() if number]
    shown = list(shares) if all_of_them or len(shares) <= LINES else _grouped(shares)
    width = max((len(share.what) for share in shown), default=0)
    return [
        ("continues ", Painted(run_id, bold=True), f": {', '.join(counted)}"),
        *((Painted(f"  {s.verdict:8}", _WORDS[s.verdict][1]), f"{s.what:{width}}  {s.why}".rstrip()) for s in shown),
    ]


def counts_of(shares: Sequence[Share]) -> dict[Verdict, int]:
    """Returns how many parts of a run share each fate."""
    counted = Counter(share.verdict for share in shares)
    return {verdict: counted[verdict] for verdict in _WORDS}


def _grouped(shares: Sequence[Share]) -> list[Share]:
    """Puts items of which the same is said together, where the first of them stands."""
    groups: dict[Share | tuple[Verdict, str], int] = {}
    for share in shares:
        key = (share.verdict, share.why) if share.kind == "item" else share
        groups[key] = groups.get(key, 0) + 1
    return [
        key if isinstance(key, Share) else Share(kind="item", what=plural(number, "item"), verdict=key[0], why=key[1])
        for key, number in groups.items()
    ]
