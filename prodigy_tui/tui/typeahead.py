"""What is typed faster than it takes effect, one key after the other.

Textual hands on every key as it comes. Of keys that come at once (a text that is pasted as keys, quick typing beside a
busy machine) those behind the key that opens a box would go to what had the focus before: as commands, not as text.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import Screen

from prodigy_tui.tui.screens.kind import is_a

_AT_ONCE: Final = "ctrl+c"
"""Goes before all that waits: it is pressed when nothing else helps."""
PATIENCE_S: Final = 0.25
"""After this long the next key is handed on although the one before is not known to be done."""


class TypeAhead:
    """Holds keys back until the one before is done: heard by all who may hear it, and what it opened has the focus.

    A message follows each key on its way from the focused widget up to the app. When it is there, so was the key, or
    somebody has stopped it. The app has then carried out what the key is bound to, often in the focused widget, which
    tells of it in messages of its own: it is followed once more. If another screen is up by then, the last way goes
    there.

    Args:
        app: whose keys they are.
        deliver: hands a key on; called by the app's own messages, so that one call ends before another begins.
    """

    def __init__(self, app: App[Any], deliver: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._deliver = deliver
        self._waiting: deque[events.Event] = deque()
        self._turn = 0
        self._patience: asyncio.TimerHandle | None = None
        self._until: float | None = None
        """When the key that is under way counts as done, by the loop's clock."""

    @property
    def holds(self) -> bool:
        """Whether a key that came now would be held back."""
        at_work = self._until is not None and asyncio.get_running_loop().time() < self._until
        return bool(self._waiting) or at_work

    async def take(self, event: events.Event) -> None:
        """Hands a key on, now or when it is its turn."""
        if self.holds and not (isinstance(event, events.Key) and event.key == _AT_ONCE):
            self._waiting.append(event)
            self._lose_patience()
        else:
            await self._hand_on(event)

    def _lose_patience(self) -> None:
        if self._patience is None and self._until is not None:
            hand_on = partial(self._app.call_later, self._next, self._turn)
            self._patience = asyncio.get_running_loop().call_at(self._until, hand_on)

    async def _hand_on(self, event: events.Event) -> None:
        screen = self._app.screen
        target = self._app.focused or screen
        self._turn += 1
        self._until = None
        await self._deliver(event)
        if is_a(target, "Input") and (isinstance(event, events.Paste) or _is_text(event)):
            return  # what comes next finds it in the box
        turn = self._turn
        self._until = asyncio.get_running_loop().time() + PATIENCE_S
        seen = partial(self._after_screen, screen, partial(self._next, turn))
        self._follow(turn, target, partial(self._follow, turn, target, seen))

    def _follow(self, turn: int, node: MessagePump, then: Callable[[], object]) -> None:
        """Goes from a widget up to the app, behind all that is on its way already, and goes on there."""

        def pass_on() -> None:
            parent = node._parent
            if turn == self._turn:
                self._follow(turn, self._app if parent is None else parent, then)

        if node is self._app:
            node.call_later(then)
        elif not node.call_later(pass_on):  # closed by what the key did
            self._app.call_later(then)

    def _after_screen(self, before: Screen[Any], then: Callable[[], object]) -> None:
        """Goes on when the screen that is up lives and has the focus where it belongs, if it was not up before."""
        screen = self._app.screen
        if screen is before or not screen.call_later(self._app.call_later, then):
            self._app.call_later(then)

    async def _next(self, turn: int) -> None:
        """Hands on the next keys, unless somebody has done so already."""
        if turn != self._turn:
            return
        self._until = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        while self._waiting and self._until is None:
            await self._hand_on(self._waiting.popleft())
        if self._waiting:
            self._lose_patience()


def _is_text(event: events.Event) -> bool:
    return isinstance(event, events.Key) and event.is_printable
