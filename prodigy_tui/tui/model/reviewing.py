"""What is reviewed, what a person may decide about it, and what speaks against an approval."""

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from prodigy_tui.events.schema import GateOpened
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.changes import ChangedFile, Fit, Ground, LandingQuery
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.text import agent_name, safe
from prodigy_tui.wording import plural

SubjectKind: TypeAlias = Literal["landing", "gate", "item", "run"]

YES: Final = frozenset({"approve", "accept"})
"""Answers that let something go on as it is."""
NO: Final = frozenset({"reject", "deny"})
BACK: Final = "again"
"""The answer that gives an item back to its agent, with a note."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a review was opened on; stays the same while the change behind it grows."""

    kind: SubjectKind
    name: str = ""
    """Of a question its name, of an item its id."""


def subject_of(gate: GateOpened) -> Subject:
    """Returns what is reviewed to answer a question: what stays the same when it is asked anew after a change."""
    if gate.kind == "landing":
        return Subject("landing")
    if gate.kind == "suspect" and gate.item_id is not None:
        return Subject("item", gate.item_id)
    return Subject("gate", gate.gate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A subject as it stands now."""

    title: str
    route: str = ""
    """From where to where."""
    base: str = ""
    head: str = ""
    exact: bool = False
    """Whether `base` is what it is compared with, wherever `head` left it."""
    item_id: str | None = None
    gate: GateOpened | None = None
    onto: str = ""
    """What it is to be merged onto by the queue; empty: nothing of that sort."""

    def option(self, words: frozenset[str]) -> str | None:
        """Returns the answer of the question that is one of some words."""
        return next((one for one in self.gate.options if one in words), None) if self.gate is not None else None


def reviewed(state: RunState, subject: Subject) -> Reviewed | None:
    """Returns a subject as it stands; `None` when there is nothing of it to look at any more."""
    match subject.kind:
        case "landing":
            return _asked(state, state.gate) if state.gate is not None else None
        case "gate":
            gate = state.gates.get(subject.name)
            return _asked(state, gate) if gate is not None else None
        case "item":
            item = state.items.get(subject.name)
            if item is None or not item.head:
                return None
            return Reviewed(
                title=f"{agent_name(item.position)} {item_name(item)}",
                route=safe(f"{item.branch} → {state.run_branch}"),
                base=item.base,
                head=item.head,
                item_id=item.item.id,
                gate=next((state.gates[name] for name in item.gates if name in state.gates), None),
                onto="" if item.merged else state.tip,
            )
        case "run":
            return Reviewed(
                title="all that the run has changed",
                route=safe(f"{state.run_branch} → {state.target}"),
                base=state.base,
                head=state.tip,
            )


def _asked(state: RunState, gate: GateOpened) -> Reviewed:
    if gate.kind == "landing":
        return Reviewed(
            title="the landing",
            route=safe(f"{state.run_branch or gate.source} → {gate.target or state.target}"),
            base=gate.onto or state.base,
            head=gate.head or state.tip,
            gate=gate,
        )
    item = state.items.get(gate.item_id or "")
    if item is not None:
        return Reviewed(
            title=f"{agent_name(item.position)} {item_name(item)}",
            route=safe(f"{item.branch} → {state.run_branch}"),
            base=gate.onto or item.base,
            head=gate.head or item.head,
            item_id=item.item.id,
            gate=gate,
            onto=state.tip if gate.kind == "suspect" else "",
        )
    return Reviewed(
        title=f"{gate.kind}: {safe(gate.question, 80)}",
        route=safe(f"{state.run_branch} → {gate.target or state.target}"),
        base=gate.onto or state.base,
        head=gate.head or state.tip,
        gate=gate,
    )


def waiting_reviews(state: RunState) -> list[str]:
    """Returns the questions that come with a change, by name: the landing, then those that wait longest."""
    names = [name for name, gate in state.gates.items() if gate.head or gate.kind == "landing"]
    return sorted(names, key=lambda name: (state.gates[name].kind != "landing", state.asked_at[name], name))


def suspects(state: RunState) -> list[GateOpened]:
    """Returns the open questions about suspect items, the one that waits longest first."""
    found = [gate for gate in state.gates.values() if gate.kind == "suspect"]
    return sorted(found, key=lambda gate: (state.asked_at[gate.gate], gate.gate))


def next_review(state: RunState, here: str) -> str | None:
    """Returns the question after `here`, round and round; `None` when there is no other."""
    names = waiting_reviews(state)
    if here in names:
        after = names[(names.index(here) + 1) % len(names)]
        return after if after != here else None
    return names[0] if names else None


@dataclass(slots=True)
class Looked:
    """What a person has seen of a subject."""

    head: str = ""
    """The commit that was looked at last."""
    since: str = ""
    """The one before it, when it had moved."""
    viewed: dict[str, str] = field(default_factory=dict)
    """Key of a file → what it held when it was marked."""


class Memory:
    """What a person has seen of all subjects, as long as the interface is open."""

    def __init__(self) -> None:
        self._looked: dict[tuple[str, Subject], Looked] = {}

    def of(self, run_id: str, subject: Subject) -> Looked:
        """Returns what has been seen of a subject."""
        return self._looked.setdefault((run_id, subject), Looked())

    def look(self, run_id: str, subject: Subject, head: str) -> Looked:
        """Notes that a person looks at a subject as it is at a commit."""
        looked = self.of(run_id, subject)
        if looked.head != head:
            looked.since, looked.head = looked.head, head
        return looked


def is_viewed(looked: Looked, file: ChangedFile) -> bool:
    """Whether a file was marked, and holds now what it held then."""
    return looked.viewed.get(file.key) == file.content


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is known besides the change itself; `None`: not known, or not yet."""

    fit: Fit | None = None
    ground: Ground | None = None
    failed: str = ""
    """Why it could not be found out."""


def against(found: Reviewed, shown_head: str, findings: Findings) -> str:
    """Returns what speaks against approving what is shown; empty when nothing does."""
    if found.option(YES) is None:
        return "nothing waits for your answer here"
    if shown_head and found.head != shown_head:
        return f"the change is not the one you look at any more: {key('review.new')} shows what is new"
    if findings.failed:
        return f"it could not be checked: {findings.failed}"
    if found.onto and findings.fit is None:
        return "still checking whether it merges"
    if found.onto and findings.fit is not None and not findings.fit.clean:
        files = plural(len(findings.fit.files), "file")
        return f"it conflicts with the run branch in {files}: {key('review.conflicts')} shows them"
    if is_landing(found):
        if findings.ground is None:
            return "still looking at where it lands"
        if findings.ground.in_the_way:
            return safe(findings.ground.in_the_way)
    return ""


def landing_query(state: RunState, gate: GateOpened) -> LandingQuery:
    """Returns what to ask about the place where a landing goes."""
    return LandingQuery(
        source=state.tip,
        target=gate.target or state.target,
        onto=gate.onto,
        commit=gate.head or state.tip,
        strategy=gate.strategy,
    )


def is_landing(found: Reviewed) -> bool:
    """Whether it is the landing that is asked about."""
    return found.gate is not None and found.gate.kind == "landing"


def no_rejecting(found: Reviewed) -> str:
    """Returns why it cannot be rejected."""
    return "" if found.option(NO) is not None else "only a suspect or a sample can be rejected"


def no_sending_back(found: Reviewed) -> str:
    """Returns why its agent cannot be given it back."""
    return "" if found.option(frozenset({BACK})) is not None else "only a suspect can be sent back to its agent"
