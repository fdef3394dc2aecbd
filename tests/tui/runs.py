"""Runs that many tests of the interface look at, and what its keys send to them."""

from prodigy_tui.events.schema import AgentStarted, ItemDeadLettered, SignalReceived
from tests.support.make import make_run
from tests.tui.scene import index_of

RUN = make_run(items=9, failing={2}, retried={7})
AT_WORK = RUN[: index_of(RUN, AgentStarted) + 20]
DEAD = make_run(items=6, failing={2, 4})
AT_WORK_WITH_DEAD = DEAD[: index_of(DEAD, ItemDeadLettered)]


def signal(name: str, **fields: object) -> SignalReceived:
    return SignalReceived(signal=name, source="interface", **fields)
