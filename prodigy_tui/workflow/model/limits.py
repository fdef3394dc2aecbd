"""What a run may spend, and whom it tells what (language 17)."""

from typing import Literal

from prodigy_tui.workflow.model.base import Condition, Model


class Spent(Model, frozen=True, kw_only=True):
    """An amount of money and tokens; None: no limit, or not known."""

    usd: float | None = None
    tokens: int | None = None


class Budget(Model, frozen=True, kw_only=True):
    """`budget:`."""

    usd: float | None = None
    tokens: int | None = None
    time: float | None = None
    per_item: Spent = Spent()
    estimate: Spent = Spent()
    on_exceed: Literal["stop", "pause"] = "stop"


class Notification(Model, frozen=True, kw_only=True):
    """One entry of `notify`; one of `shell`, `webhook`, `desktop` and `bell`."""

    on: tuple[str, ...]
    shell: str | None = None
    webhook: str | None = None
    desktop: bool = False
    bell: bool = False
    when: Condition | None = None
    timeout: float | None = 10.0
