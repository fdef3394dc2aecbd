"""Layouts of the fleet under the digits: what is shown besides the list, its columns, its order, its filter."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.choosing import Choice
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.preferences import PRESETS


def places(desk: Desk) -> list[Choice]:
    kept = desk.personal.kept.presets
    return [
        Choice(id=digit, caption=f"preset {digit}", note=safe(kept[digit].about) if digit in kept else "empty")
        for digit in PRESETS
    ]


def save(desk: Desk, digit: str, about: str) -> str:
    preset = replace(desk.layout(), about=about)
    trouble = desk.personal.keep(lambda kept: replace(kept, presets={**kept.presets, digit: preset}))
    keys = f"alt+{digit}"
    desk.say(f"saved as preset {digit} ({keys}){f'; until you leave: {trouble}' if trouble else ''}")
    return ""


def use(digit: str) -> Callable[[Desk], None]:
    def lay_out(desk: Desk) -> None:
        preset = desk.personal.kept.presets[digit]
        desk.lay_out(preset)
        desk.say(f"preset {digit}{f': {safe(preset.about)}' if preset.about else ''}")

    return lay_out


def is_empty(digit: str) -> Callable[[Desk], str]:
    return lambda desk: "" if digit in desk.personal.kept.presets else "nothing is saved there"


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="preset.save",
        only=("fleet",),
        caption="View: save this layout as a preset…",
        choose=places,
        ask="what it is for, or nothing",
        run_chosen=save,
    ),
    *(
        Action(
            id=f"preset.{digit}",
            caption=f"View: layout preset {digit}",
            keys=(f"alt+{digit}",),
            why_not=is_empty(digit),
            run=use(digit),
        )
        for digit in PRESETS
    ),
)
