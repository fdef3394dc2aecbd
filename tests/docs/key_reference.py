"""Writes the reference of the interface's keys from the registry of actions.

`python -m tests.docs.key_reference` writes `docs/reference/keys.md`; a test says when that is due.
"""

from pathlib import Path
from typing import Final

from prodigy_tui.tui.actions.action import Action, Scope
from prodigy_tui.tui.actions.keymap import FIXED, Keymap
from prodigy_tui.tui.actions.registry import ACTIONS
from prodigy_tui.tui.model.commands import GROUPS, command

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "keys.md"
_SECTIONS: Final[tuple[tuple[str, str, tuple[Scope, ...]], ...]] = (
    ("Everywhere", "", ("everywhere",)),
    ("Moving", "In whatever list, log or page has the focus.", ("moving",)),
    ("Fleet", "The list of agents and its heat map (screen 1).", ("fleet",)),
    ("Agents", "The marked agents, or the one under the cursor, on every screen that has one.", ("agent",)),
    ("Logs", "The log pane of the fleet and the logs (screen 2).", ("log",)),
    ("Merges", "The merge queue (screen 3).", ("merges",)),
    ("Dead letter queue", "Screen 4.", ("dlq",)),
    ("Landing", "The sheet that asks whether a run lands.", ("merge",)),
    ("Review", "A change that is open for review.", ("review", "diff")),
    ("Replay", "In the past these keys come before those of the screen.", ("replay", "timeline")),
)
_HEAD: Final = """# Keys

Everything a person can do in the interface has a name here, the same in the palette (`:`), on the `?` page of each
place and in the [settings](settings.md#keys), where it can be given other keys. `?` shows the keys of the place where
you are; what cannot be done now is greyed there, with the reason.

- Lower case acts on one thing, upper case on many, or harder: `x` and `X`, `r` and `R`, `a` and `A`.
- `[` and `]` go to the previous and the next thing that matters here: a problem, a change, a mark. `<` and `>` are
  always time.
- `esc` goes one level back: what is typed, what is open, the pane, the screen. It never leaves the program.
- No key needs Ctrl. What is typed into a line of text is never a command.
- Counts are not supported: `5j` is not five lines down. Page keys, `g`, `G` and `;` get there faster.
- Sheets that ask a question say their keys themselves. None of them takes Enter for a yes, and none hears what was
  typed in its first 300 ms.
- Anything without a key is reached through the palette.
"""


def page() -> str:
    """Returns the page as it should be."""
    known = {scope for _, _, scopes in _SECTIONS for scope in scopes}
    others = tuple(sorted({action.scope for action in ACTIONS} - known))
    sections = [*_SECTIONS, *((scope.capitalize(), "", (scope,)) for scope in others)]
    parts = [_section(title, about, scopes) for title, about, scopes in sections]
    return "\n".join([_HEAD, *(part for part in parts if part)])


def _section(title: str, about: str, scopes: tuple[Scope, ...]) -> str:
    actions = [action for action in ACTIONS if action.scope in scopes]
    if not actions:
        return ""
    places = {group: place for place, group in enumerate(GROUPS)}
    if scopes == ("everywhere",):
        actions.sort(key=lambda action: places.get(command(action.id, action.caption).group, len(places)))
    rows = ["| keys | what it does | action |", "|---|---|---|", *(_row(action) for action in actions)]
    head = [f"## {title}", ""] + ([about, ""] if about else [])
    return "\n".join([*head, *rows]) + "\n"


def _row(action: Action) -> str:
    keys = " ".join(f"`{key}`" for key in Keymap().shown(action).split()) or "–"
    told = command(action.id, action.caption)
    words = told.words[:1].upper() + told.words[1:] if told.group == "Go" else action.caption
    fixed = " (fixed)" if action.id in FIXED else ""
    return f"| {_cell(keys)} | {_cell(words)} | `{action.id}`{fixed} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
