"""The screens that a person goes to. Each is loaded and made when it is first asked for: a start needs only one."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final, get_args

from prodigy_tui.tui.desk import PlaceName

if TYPE_CHECKING:
    from prodigy_tui.tui.screens.base import RunScreen
    from prodigy_tui.tui.screens.dlq import DlqScreen
    from prodigy_tui.tui.screens.fleet import FleetScreen
    from prodigy_tui.tui.screens.home import HomeScreen
    from prodigy_tui.tui.screens.log import LogScreen
    from prodigy_tui.tui.screens.merges import MergesScreen
    from prodigy_tui.tui.screens.report import ReportScreen
    from prodigy_tui.tui.screens.runs import RunsScreen
    from prodigy_tui.tui.screens.stage import Stage

PLACES: Final[tuple[PlaceName, ...]] = get_args(PlaceName)


class Places(Mapping[PlaceName, "RunScreen"]):
    """The screens by name."""

    def __init__(self, stage: "Stage") -> None:
        self._stage = stage

    def __getitem__(self, place: PlaceName) -> "RunScreen":
        if place not in PLACES:
            raise KeyError(place)
        screen: RunScreen = getattr(self, place)
        return screen

    def __iter__(self) -> Iterator[PlaceName]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)

    @property
    def made(self) -> "tuple[RunScreen, ...]":
        """Those that have been asked for."""
        return tuple(self[place] for place in PLACES if place in vars(self))

    @cached_property
    def fleet(self) -> "FleetScreen":
        from prodigy_tui.tui.screens.fleet import FleetScreen

        return FleetScreen(self._stage)

    @cached_property
    def log(self) -> "LogScreen":
        from prodigy_tui.tui.screens.log import LogScreen

        return LogScreen(self._stage)

    @cached_property
    def merges(self) -> "MergesScreen":
        from prodigy_tui.tui.screens.merges import MergesScreen

        return MergesScreen(self._stage)

    @cached_property
    def dlq(self) -> "DlqScreen":
        from prodigy_tui.tui.screens.dlq import DlqScreen

        return DlqScreen(self._stage)

    @cached_property
    def runs(self) -> "RunsScreen":
        from prodigy_tui.tui.screens.runs import RunsScreen

        return RunsScreen(self._stage)

    @cached_property
    def report(self) -> "ReportScreen":
        from prodigy_tui.tui.screens.report import ReportScreen

        return ReportScreen(self._stage)

    @cached_property
    def home(self) -> "HomeScreen":
        from prodigy_tui.tui.screens.home import HomeScreen

        return HomeScreen(self._stage)
