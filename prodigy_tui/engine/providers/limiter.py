"""The limiter of agent providers: one for all runs on the machine, whoever dies and whatever happens to its files.

What is known of a provider is a `Weather` (see `limits`) in a small file below the state folder, which processes change
in turn. Which of them still live is seen by files that they hold locked. Where the folder cannot be used, this process
goes on by what it knows itself, and says so once. Belongs to the engine's loop.

Of the steps of one process that wait, one asks and the others wait for it; work that was begun goes first.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final, TypeVar

import msgspec
from msgspec import Struct, field

from prodigy_tui.clock import Clock
from prodigy_tui.engine.decisions import limits
from prodigy_tui.engine.decisions.limits import Hold, Pass, Weather
from prodigy_tui.engine.providers.turns import Turns
from prodigy_tui.engine.time_limits import uncounted
from prodigy_tui.events.values import HeldBy
from prodigy_tui.ids import safe_id
from prodigy_tui.process.waiting import done_within
from prodigy_tui.storage.shared import RecordBusy, SharedRecord, SignOfLife
from prodigy_tui.storage.trouble import DiskTrouble

T = TypeVar("T")

LOOK_AGAIN_S: Final = 1.0
"""How often one looks whether another process has changed something."""
_LONGEST_NAP_S: Final = 60.0
"""The machine's clock may be set anew, or the machine sleep, while one waits."""
_BUSY_LIMIT: Final = 30
"""After so many times in a row in which the record could not be had, this process goes on alone."""


class Request(Struct, frozen=True, kw_only=True):
    """An agent step that wants to call its provider."""

    provider: str
    item_id: str | None = None
    goes_on: bool = False
    """A limit has cut it off in its midst: it goes before those who have not begun."""
    held: Callable[[HeldBy, datetime | None], None] = lambda _by, _until: None
    """Tells people why it waits and until when, again when that has changed."""
    let_in: Callable[[], None] = lambda: None
    """Tells them that it waits no longer."""


class Limited(Struct, frozen=True):
    """A limit that has been noted."""

    until: datetime
    is_news: bool
    """It is none that an execution from before the last limit has met as well."""


class Ticket:
    """The leave of one execution, and how it tells what the provider says to it."""

    def __init__(self, shelter: "_Shelter", leave: Pass) -> None:
        self._shelter = shelter
        self._leave = leave
        self._said = False

    def answered(self) -> None:
        """The provider has answered with something other than a limit; only the first time counts."""
        if not self._said:
            self._said = True
            who, leave = self._shelter.who, self._leave
            self._shelter.change(lambda weather: (limits.answered(weather, who, leave), None))

    def limited(self, announced_s: float | None) -> Limited:
        """The provider has refused; `announced_s` is when it says that it will not any more."""
        self._said = True
        return self._shelter.limited(self._leave, announced_s)

    def ended(self) -> None:
        """The execution is over."""
        who, leave = self._shelter.who, self._leave
        self._shelter.change(lambda weather: (limits.ended(weather, who, leave), None))


class Limiter:
    """Admits executions of agent steps, provider by provider."""

    def __init__(self, clock: Clock, source: Random, folder: Path | None, warn: Callable[[str], None]) -> None:
        """Makes a limiter; `folder` is where it is shared, `warn` is told once if it cannot be."""
        self._clock = clock
        self._random = source
        self._folder = folder
        self._warn = warn
        self._sign: SignOfLife | None = None
        self._shelters: dict[str, _Shelter] = {}

    @asynccontextmanager
    async def admitted(self, request: Request) -> AsyncIterator[Ticket]:
        """Waits until an execution of this provider may start; it counts as at work inside the block."""
        shelter = self._shelter(request.provider)
        with uncounted():
            ticket = await shelter.enter(request)
        try:
            yield ticket
        finally:
            ticket.ended()

    def close(self) -> None:
        """Takes the sign of life away; nothing is at work any more."""
        if self._sign is not None:
            self._sign.close()
            self._sign = None

    def _shelter(self, provider: str) -> "_Shelter":
        if provider not in self._shelters:
            self._shelters[provider] = _Shelter(self._clock, self._random, self._store(provider))
        return self._shelters[provider]

    def _store(self, provider: str) -> "_Store":
        if self._folder is not None and self._sign is None:
            try:
                self._sign = SignOfLife.give(self._folder / "processes")
            except DiskTrouble as error:
                self.go_alone(error)
        record = SharedRecord(self._folder / f"{safe_id(provider)}.json") if self._folder is not None else None
        return _Store(record, self._sign, self.go_alone)

    def go_alone(self, why: DiskTrouble) -> None:
        """Gives up sharing; the first time with a warning."""
        if self._folder is not None:
            self._folder = None
            self._warn(f"limits of providers are not shared with other runs: {why}")


class _Store(Struct):
    """Where the weather of one provider is kept."""

    record: SharedRecord | None
    """None: nowhere but here."""
    sign: SignOfLife | None
    go_alone: Callable[[DiskTrouble], None]
    weather: Weather = field(default_factory=Weather)
    """As it was last seen."""
    late: list[Callable[[Weather], Weather]] = field(default_factory=list)
    """Changes that could not be written when they were made, while others held the record."""
    busy: int = 0

    @property
    def who(self) -> str:
        return self.sign.name if self.sign is not None else str(os.getpid())

    def change(self, make: Callable[[Weather], tuple[Weather, T]]) -> T:
        """Changes the weather and returns what else `make` says.

        Raises:
            RecordBusy: others hold the record at the moment.
        """
        if self.record is None:
            return self._alone(make)
        said: list[T] = []

        def rewrite(text: bytes) -> bytes:
            weather = self._without_dead(_read(text))
            for change in self.late:
                weather = change(weather)
            self.weather, value = make(weather)
            said.append(value)
            return msgspec.json.encode(self.weather)

        try:
            self.record.change(rewrite)
        except RecordBusy as error:
            self.busy += 1
            if self.busy < _BUSY_LIMIT:
                raise
            return self._give_up(error, make)
        except DiskTrouble as error:
            return self._give_up(error, make)
        self.busy = 0
        self.late.clear()
        return said[0]

    def _give_up(self, error: DiskTrouble, make: Callable[[Weather], tuple[Weather, T]]) -> T:
        self.go_alone(error)
        self.record = None
        own = self.weather.running.get(self.who, 0)
        self.weather = msgspec.structs.replace(self.weather, running={self.who: own} if own else {})
        return self._alone(make)

    def _alone(self, make: Callable[[Weather], tuple[Weather, T]]) -> T:
        for change in self.late:
            self.weather = change(self.weather)
        self.late.clear()
        self.weather, value = make(self.weather)
        return value

    def _without_dead(self, weather: Weather) -> Weather:
        sign = self.sign
        known = {*weather.running, *([weather.probe] if weather.probe is not None else [])}
        gone = {name for name in known if sign is not None and not sign.lives(name)}
        return limits.without(weather, gone) if gone else weather


class _Shelter:
    """Where the steps of this process wait for one provider."""

    def __init__(self, clock: Clock, source: Random, store: _Store) -> None:
        self._clock = clock
        self._random = source
        self._store = store
        self._turns = Turns()
        self._changed: asyncio.Future[None] | None = None
        self._hold = Hold("turn")
        """Why the first in the queue waits."""

    @property
    def who(self) -> str:
        return self._store.who

    async def enter(self, request: Request) -> Ticket:
        """Waits for the leave to start."""
        told: Hold | None = None
        if self._turns.taken:
            told = self._tell(self._hold, request)
        async with self._turns.turn(first=request.goes_on):
            while True:
                found = self._ask()
                if isinstance(found, Pass):
                    break
                if found is not None and _is_news(found, told):
                    self._hold = found
                    told = self._tell(found, request)
                await self._nap(found)
        if told is not None:
            request.let_in()
        return Ticket(self, found)

    def _ask(self) -> Pass | Hold | None:
        try:
            return self._store.change(lambda weather: limits.admit(weather, self.who, self._now()))
        except RecordBusy:
            return None

    def change(self, make: Callable[[Weather], tuple[Weather, None]]) -> None:
        """Changes the weather, later if it cannot be done now, and lets the first in the queue look."""
        try:
            self._store.change(make)
        except RecordBusy:
            self._store.late.append(lambda weather: make(weather)[0])
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    def limited(self, leave: Pass, announced_s: float | None) -> Limited:
        """Notes a limit."""
        now, jitter, news = self._now(), self._random.random(), leave.round == self._store.weather.round

        def note(weather: Weather) -> tuple[Weather, None]:
            nonlocal news
            weather, news = limits.limited(weather, self.who, leave, now, announced_s=announced_s, jitter=jitter)
            return weather, None

        self.change(note)
        known = self._store.weather.until
        if known is None:  # it could not be written yet
            known = now + (announced_s or limits.FIRST_WAIT_S)
        return Limited(datetime.fromtimestamp(known, UTC), news)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    async def _nap(self, hold: Hold | None) -> None:
        """Waits until it is worth asking again."""
        seconds = LOOK_AGAIN_S
        if hold is not None and hold.until is not None:
            seconds = min(_LONGEST_NAP_S, hold.until - self._now())
        self._changed = asyncio.get_running_loop().create_future()
        try:
            await done_within(seconds, self._changed, self._clock)
        finally:
            self._changed = None

    def _tell(self, hold: Hold, request: Request) -> Hold:
        until = datetime.fromtimestamp(hold.until, UTC) if hold.until is not None else None
        request.held(hold.by, until)
        return hold


def _is_news(hold: Hold, told: Hold | None) -> bool:
    """Tells whether people should hear of it: while a probe is out, what they know is good enough."""
    return told is None or hold.by != told.by or (hold.until is not None and hold.until != told.until)


def _read(text: bytes) -> Weather:
    """Returns what a record says; damage is fine weather, the next limit will tell otherwise."""
    try:
        return msgspec.json.decode(text, type=Weather)
    except (msgspec.DecodeError, RecursionError):
        return Weather()
