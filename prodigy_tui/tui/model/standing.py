"""The lines above and below a difference: what is reviewed, where one is in it, and what can be decided."""

from dataclasses import dataclass

from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.diffpage import Layout
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import Line, Span, between, cells, join
from prodigy_tui.tui.model.reviewing import Reviewed, waiting_reviews
from prodigy_tui.tui.model.reviewstate import ReviewState
from prodigy_tui.tui.model.telling import size_words
from prodigy_tui.tui.model.text import clip


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision, by the action that takes it, and why it cannot be taken."""

    action: str
    words: str
    reason: str = ""


def head_line(found: Reviewed, run: RunState, state: ReviewState, glyphs: Line, width: int) -> Line:
    """Returns the line above."""
    names = waiting_reviews(run)
    asked = found.gate.gate if found.gate is not None else ""
    place = f"{names.index(asked) + 1} of {len(names)}" if asked in names and len(names) > 1 else ""
    word = "Review" if found.gate is not None else "Changes"
    right = join([
        (("checks ", "muted"), *glyphs) if glyphs else (),
        size_words(state.tally, len(state.changes.files)) if state.loaded and state.part != "clashes" else (),
    ], "   ")  # fmt: skip
    room = max(10, width - cells(right) - 4)
    left: list[Span] = [(f" {word}  ", "primary"), (clip(found.title, room * 2 // 3), "strong")]
    if place:
        left.append((f"  {place}", "warning"))
    if found.route:
        left.append((f"  {found.route}", "muted"))
    if width < 80:
        right = join([(("checks ", "muted"), *glyphs) if glyphs else ()])
    return between(tuple(left), (*right, (" ", "text")), width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one is in a change."""

    file: int | None
    stop: int
    stops: int
    layout: Layout


def reading_line(state: ReviewState, place: Place, width: int, *, new: bool, why: str) -> Line:
    """Returns where one is, and why it cannot be approved, or else the keys for reading."""
    pieces: list[Line] = []
    if place.file is not None:
        pieces.append(((f"file {place.file + 1}/{len(state.changes.files)}", "text"),))
    if place.stops:
        word = "clash" if state.part == "clashes" else "hunk"
        pieces.append(((f"{word} {place.stop + 1}/{place.stops}", "text"),))
    if state.part == "new":
        pieces.append((("only what is new since you looked", "warning"),))
    if state.ignore_whitespace:
        pieces.append((("whitespace ignored", "warning"),))
    if new and state.part != "new":
        pieces.append(((f"{key('review.new')} ", "key"), ("new since you looked", "warning")))
    left: Line = ((" ", "text"), *join(pieces))
    if why:
        return between(
            left, ((f"{key('review.approve')}: {clip(why, max(12, width - cells(left) - 6))} ", "warning"),), width
        )
    keys = [("review.next-hunk", "next"), ("review.previous-hunk", "back"), ("review.viewed", "viewed")]
    several = len(state.changes.files) > 1
    if several:
        keys.append(("pane.next", "files"))
    if state.part != "clashes":
        keys += [
            ("review.layout", "split" if place.layout == "unified" else "unified"),
            ("review.whitespace", "whitespace"),
        ]
    hints: Line = ()
    for name, word in (*keys, ("review.facts", "facts"), *(() if several else (("pane.next", "panes"),))):
        more: Line = ((f"{key(name)} ", "key"), (f"{word}  ", "muted"))
        if cells(hints) + cells(more) + cells(left) + 2 > width:
            break
        hints = (*hints, *more)
    return between(left, hints, width)


def files_title(word: str) -> Line:
    """Returns what stands above the list of files: how to get there, because the difference has the focus."""
    return ((word, "strong"), (f" · {key('pane.next')} goes here", "muted"))


def why_not(choices: list[Choice]) -> str:
    """Returns why what is shown cannot be approved; empty where that is not asked, or can be done."""
    return next((choice.reason for choice in choices if choice.action == "review.approve"), "")


def decision_line(choices: list[Choice], width: int) -> Line:
    """Returns what can be decided; what cannot is grey."""
    spans: list[Span] = [(" ", "text")]
    for choice in choices:
        grey = bool(choice.reason)
        spans += [
            (f"{key(choice.action)} ", "muted" if grey else "key"),
            (f"{choice.words}  ", "muted" if grey else "text"),
        ]
    return between(tuple(spans), (("esc ", "key"), ("later ", "muted")), width)
