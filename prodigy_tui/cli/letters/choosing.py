"""Which entries of the dead letter queue a call means: items, `--cluster`, `--filter`, `--all`."""

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click
import msgspec

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.errors import ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.cli.letters.entries import Entry, Queue
    from prodigy_tui.events.state import RunState
    from prodigy_tui.storage import RunFolder

NAMED = 3
"""Called runs that a line names at most."""
P = ParamSpec("P")
R = TypeVar("R")


class NothingChosen(ProdigyError):
    """A call names no entry of the queue, or one that is not there."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What was said about which entries are meant; an entry is if all of it fits."""

    everything: bool = False
    clusters: tuple[str, ...] = ()
    filter: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return not (self.everything or self.clusters or self.filter is not None)


def choice_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command the options that choose entries, as `choice`."""

    @click.option("--all", "everything", is_flag=True, help="Every entry.")
    @click.option(
        "--cluster", "clusters", multiple=True, metavar="ID", help="Entries with this fingerprint (repeatable)."
    )
    @click.option("--filter", "expression", metavar="EXPR", help="Entries for which EXPR is true.")
    @functools.wraps(command)
    def with_choice(*args: Any, **kwargs: Any) -> R:
        choice = Choice(
            everything=kwargs.pop("everything"), clusters=kwargs.pop("clusters"), filter=kwargs.pop("expression")
        )
        return command(*args, choice=choice, **kwargs)

    return with_choice


def run_and_items(invocation: Invocation, words: Sequence[str]) -> "tuple[RunFolder, tuple[str, ...]]":
    """Returns the run, which the first word is if it names one, and the other words."""
    from prodigy_tui.cli.places import chosen_run
    from prodigy_tui.storage import RunNotFound

    if words:
        try:
            return chosen_run(invocation, words[0]), tuple(words[1:])
        except RunNotFound:
            pass
    return chosen_run(invocation, None), tuple(words)


def queue_of(folder: "RunFolder") -> "Queue":
    """Returns the dead letter queue of a run, live or not.

    Raises:
        LogDamaged: its record cannot be read.
    """
    from prodigy_tui.cli.letters.entries import Queue
    from prodigy_tui.cli.places import read_state
    from prodigy_tui.clock import SystemClock

    return Queue(folder=folder, state=read_state(folder), now=SystemClock().now())


def choose(queue: "Queue", words: Sequence[str], choice: Choice, *, verb: str) -> "tuple[Entry, ...]":
    """Returns the entries that are meant, the oldest first.

    Raises:
        NothingChosen: nothing was said, an item or a cluster is not there, or nothing fits.
        NotTaken: an item is unknown.
    """
    from prodigy_tui.cli.names import Names, find_item

    state = queue.state
    if not words and choice.is_empty:
        hint = "'prodigy-tui dlq list' shows what there is"
        raise NothingChosen(f"'dlq {verb}' needs items, --all, --cluster or --filter", hint=hint)
    entries = queue.entries()
    named = {find_item(state, word) for word in words}
    names = Names.of(state)
    for item_id in sorted(named - set(state.dead_letters)):
        been = ", it has been discarded" if item_id in state.discarded else ""
        raise NothingChosen(f"item {names(item_id)!r} is not in the dead letter queue of {state.run_id!r}{been}")
    if not entries:
        raise NothingChosen(f"the dead letter queue of {state.run_id!r} has nothing to {verb}", hint=of_called(state))
    found = narrowed(queue, [entry for entry in entries if not named or entry.id in named], choice)
    if not found:
        raise NothingChosen(f"no entry of the dead letter queue of {state.run_id!r} is as was asked for")
    return found


def of_called(state: "RunState") -> str:
    """Returns where dead letters are that a person may mean who looks in vain: in the runs that this one has called."""
    from prodigy_tui.wording import plural

    found = [call for call in state.calls.values() if call.dead]
    if not found:
        return ""
    shows = ", ".join(f"'prodigy-tui dlq list {call.run_id}'" for call in found[:NAMED])
    more = ", …" if len(found) > NAMED else ""
    return f"the runs that it has called have {plural(sum(call.dead for call in found), 'dead letter')}: {shows}{more}"


def narrowed(queue: "Queue", entries: "Sequence[Entry]", choice: Choice) -> "tuple[Entry, ...]":
    """Returns the entries that `--cluster` and `--filter` leave.

    Raises:
        NothingChosen: there is no such cluster, or several.
        FilterUnusable: the filter cannot be used.
    """
    from prodigy_tui.cli.letters.entries import FIELDS
    from prodigy_tui.cli.letters.filtering import entry_filter

    if choice.clusters:
        wanted = {_cluster(entries, typed) for typed in choice.clusters}
        entries = [entry for entry in entries if entry.fingerprint.id in wanted]
    if choice.filter is not None:
        passes = entry_filter(choice.filter, FIELDS)
        entries = [entry for entry in entries if passes(queue.document(entry))]
    return tuple(entries)


def _cluster(entries: "Sequence[Entry]", typed: str) -> str:
    """Returns the cluster that `typed` names: its id, or a beginning that no other has."""
    from prodigy_tui.cli.names import meant

    known = sorted({entry.fingerprint.id for entry in entries})
    found = [one for one in known if typed and one.startswith(typed)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NothingChosen(f"there is no cluster {typed!r}", hint=meant(typed, known))
    raise NothingChosen(f"{len(found)} clusters begin with {typed!r}", hint=f"say which: {', '.join(found[:3])}")
