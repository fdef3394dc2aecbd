"""The one list of what a person can do: keys, palette, help, footer and the reasons why not all come from here."""

from typing import Final

from textual.binding import Binding

from prodigy_tui.tui import deeds
from prodigy_tui.tui.desk import Action, Desk, Scope
from prodigy_tui.tui.feed import ReplayFeed

ACTIONS: Final[tuple[Action, ...]] = (
    # Replay comes first: in the past its keys mean what they mean on the bar, whatever the screen.
    Action(
        id="replay.play",
        caption="Replay: play or hold",
        hint="play",
        keys=("space",),
        scope="replay",
        run=deeds.replaying(ReplayFeed.toggle),
    ),
    Action(
        id="replay.forward",
        caption="Replay: next event",
        hint="event",
        keys=("right",),
        scope="replay",
        run=deeds.replaying(lambda feed: feed.step(1)),
    ),
    Action(
        id="replay.back",
        caption="Replay: previous event",
        keys=("left",),
        scope="replay",
        run=deeds.replaying(lambda feed: feed.step(-1)),
    ),
    Action(
        id="replay.later",
        caption="Replay: ten seconds on",
        hint="10 s",
        keys=("shift+right",),
        scope="replay",
        run=deeds.replaying(lambda feed: feed.skip(10)),
    ),
    Action(
        id="replay.earlier",
        caption="Replay: ten seconds back",
        keys=("shift+left",),
        scope="replay",
        run=deeds.replaying(lambda feed: feed.skip(-10)),
    ),
    Action(
        id="replay.next-mark", caption="Replay: next mark", hint="marks", keys=("]",), scope="replay", run=deeds.mark(1)
    ),
    Action(id="replay.previous-mark", caption="Replay: previous mark", keys=("[",), scope="replay", run=deeds.mark(-1)),
    Action(
        id="replay.faster",
        caption="Replay: faster",
        hint="faster",
        keys=("+", "="),
        scope="replay",
        run=deeds.replaying(lambda feed: feed.change_speed(1)),
    ),
    Action(
        id="replay.slower",
        caption="Replay: slower",
        keys=("-",),
        scope="replay",
        run=deeds.replaying(lambda feed: feed.change_speed(-1)),
    ),
    # Screens and moving about.
    Action(id="screen.fleet", caption="Screen: Fleet", keys=("1",), run=lambda desk: desk.go_to("fleet")),
    Action(
        id="screen.log",
        caption="Screen: Log of the selected agent",
        hint="log",
        keys=("2", "l"),
        run=lambda desk: desk.go_to("log"),
    ),
    Action(
        id="screen.dlq",
        caption="Screen: Dead letter queue",
        hint="dead letters",
        keys=("4",),
        run=lambda desk: desk.go_to("dlq"),
    ),
    Action(
        id="next-for-me",
        caption="Go to the next thing that needs me",
        hint="next problem",
        keys=(".",),
        run=deeds.next_for_me,
    ),
    Action(id="problem.next", caption="Go to the next failed agent", keys=("]",), run=deeds.problem(1)),
    Action(id="problem.previous", caption="Go to the previous failed agent", keys=("[",), run=deeds.problem(-1)),
    Action(id="move.down", caption="Down", keys=("down", "j"), scope="moving", run=lambda desk: desk.view.move(1)),
    Action(id="move.up", caption="Up", keys=("up", "k"), scope="moving", run=lambda desk: desk.view.move(-1)),
    Action(
        id="move.page-down",
        caption="A page down",
        keys=("pagedown", "ctrl+d"),
        scope="moving",
        run=lambda desk: desk.view.page(1),
    ),
    Action(
        id="move.page-up",
        caption="A page up",
        keys=("pageup", "ctrl+u"),
        scope="moving",
        run=lambda desk: desk.view.page(-1),
    ),
    Action(
        id="move.top", caption="To the top", keys=("g", "home"), scope="moving", run=lambda desk: desk.view.edge(-1)
    ),
    Action(
        id="move.bottom", caption="To the bottom", keys=("G", "end"), scope="moving", run=lambda desk: desk.view.edge(1)
    ),
    Action(
        id="move.enter",
        caption="Open, or fold and unfold",
        hint="open",
        keys=("enter",),
        scope="moving",
        run=lambda desk: desk.view.enter(),
    ),
    Action(
        id="view.filter",
        only=("fleet",),
        caption="Filter the agents",
        hint="filter",
        keys=("/",),
        scope="agent",
        run=deeds.performs("filter"),
    ),
    Action(
        id="view.facts",
        only=("fleet",),
        caption="Agent: story instead of log, and back",
        hint="story",
        keys=("i",),
        scope="agent",
        run=deeds.performs("facts"),
    ),
    Action(id="view.theme", caption="View: next theme", run=lambda desk: desk.next_theme()),
    Action(
        id="log.follow",
        only=("fleet", "log"),
        caption="Log: follow the end, or hold",
        hint="follow",
        keys=("f",),
        scope="log",
        run=deeds.performs("follow"),
    ),
    Action(
        id="log.right",
        only=("fleet", "log"),
        caption="Log: show what is further right",
        keys=("right",),
        scope="log",
        run=deeds.performs("right"),
    ),
    Action(
        id="log.left",
        only=("fleet", "log"),
        caption="Log: back to the left",
        keys=("left",),
        scope="log",
        run=deeds.performs("left"),
    ),
    # What changes the run.
    Action(
        id="merge.open",
        caption="Decide: merge or answer",
        hint="decide",
        keys=("m",),
        why_not=deeds.no_merge,
        run=deeds.merge,
    ),
    Action(
        id="merge.approve",
        caption="Merge: land it",
        hint="approve",
        keys=("a",),
        scope="merge",
        steers=True,
        why_not=deeds.no_gate,
        run=deeds.performs("approve"),
    ),
    Action(
        id="merge.later",
        caption="Merge: leave the run unmerged",
        hint="leave unmerged",
        keys=("n",),
        scope="merge",
        steers=True,
        why_not=deeds.no_gate,
        run=deeds.performs("later"),
    ),
    Action(
        id="agent.diff",
        caption="Agent: show its changes",
        hint="diff",
        keys=("d",),
        scope="agent",
        why_not=deeds.no_diff,
        run=lambda desk: desk.open_diff(),
    ),
    Action(
        id="agent.stop",
        caption="Agent: stop gently",
        hint="stop",
        keys=("x",),
        scope="agent",
        steers=True,
        why_not=deeds.no_stoppable,
        run=deeds.stop_item,
    ),
    Action(
        id="dlq.mark",
        only=("dlq",),
        caption="Dead letters: mark",
        hint="mark",
        keys=("space",),
        scope="dlq",
        run=deeds.performs("mark"),
    ),
    Action(
        id="dlq.mark-all",
        only=("dlq",),
        caption="Dead letters: mark all, or none",
        hint="all",
        keys=("*",),
        scope="dlq",
        run=deeds.performs("mark-all"),
    ),
    Action(
        id="agent.retry",
        caption="Retry what is marked, or selected",
        hint="retry",
        keys=("r",),
        scope="agent",
        steers=True,
        why_not=deeds.nothing_to_retry,
        run=deeds.retry,
    ),
    Action(
        id="run.pause",
        caption="Run: pause, or go on",
        hint="pause",
        keys=("p",),
        steers=True,
        why_not=deeds.ended,
        run=deeds.pause,
    ),
    Action(
        id="run.parallel",
        caption="Run: how many agents at once…",
        steers=True,
        why_not=deeds.ended,
        ask="agents at once",
        run_with=deeds.set_parallel,
    ),
    Action(
        id="run.drain",
        caption="Run: start nothing new, let agents finish",
        steers=True,
        why_not=deeds.ended,
        run=deeds.signal("drain"),
    ),
    Action(
        id="run.stop",
        caption="Run: stop gently, to be resumed later",
        steers=True,
        why_not=deeds.ended,
        run=deeds.signal("stop"),
    ),
    # Always last in the footer: the way to everything else.
    Action(
        id="palette", caption="Commands", hint="palette", keys=(":", "ctrl+p"), run=lambda desk: desk.open_palette()
    ),
    Action(id="leave", caption="Leave", hint="leave", keys=("q",), run=lambda desk: desk.leave()),
    Action(id="help", caption="Keys of this place", hint="keys", keys=("?",), run=lambda desk: desk.open_help()),
)

BY_ID: Final[dict[str, Action]] = {action.id: action for action in ACTIONS}


def actions_in(*scopes: Scope) -> tuple[Action, ...]:
    """Returns the actions of some scopes, in the order of the list."""
    return tuple(action for action in ACTIONS if action.scope in scopes)


def bindings_for(*scopes: Scope) -> list[Binding]:
    """Returns Textual's bindings for some scopes; where two share a key, the first that applies now is taken."""
    return [
        Binding(key, f"app.do({action.id!r})", action.caption, show=False, id=f"{action.id}:{key}")
        for action in actions_in(*scopes)
        for key in action.keys
    ]


def applies(action: Action, desk: Desk) -> bool:
    """Whether the action's key means this action now; it may still be refused, with a reason."""
    return action.scope != "replay" or desk.replay is not None


def hints(ids: tuple[str, ...], desk: Desk, most: int = 4) -> list[tuple[str, str]]:
    """Returns key and word of the most useful actions that can be done now, help last."""
    useful = [BY_ID[name] for name in ids]
    able = [action for action in useful if not action.reason(desk)][:most]
    return [(_shown(action.keys[0]), action.hint) for action in (*able, BY_ID["palette"], BY_ID["help"])]


_KEY_NAMES: Final = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "shift+left": "shift+←",
    "shift+right": "shift+→",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "escape": "esc",
}


def _shown(key: str) -> str:
    return _KEY_NAMES.get(key, key)


def shown_keys(action: Action) -> str:
    """Returns the keys of an action as people read them."""
    return " ".join(_shown(key) for key in action.keys)
