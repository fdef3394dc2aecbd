import ast
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from rich.cells import cell_len
from textual._border import BORDER_CHARS
from textual.scrollbar import ScrollBarRender

import prodigy_tui
from prodigy_tui.tui.abilities import Abilities, abilities_of
from prodigy_tui.tui.machine import Machine
from prodigy_tui.tui.model.glyphs import ASCII, in_ascii
from prodigy_tui.tui.model.looks import DEAD, DONE, FAILED, LEFT_OUT, MERGING, QUEUED, RUNNING, STALLED, WAITING
from tests.support.make import make_run
from tests.tui.scene import live, replay, until_gate

ROOT = Path(prodigy_tui.__file__).parent
WORDS = ("tui", "events", "engine", "report", "wording.py")
"""Where the words on the screen come from."""
TYPED: Final = set("¡™£¢∞§¶•ªº")
"""What some keyboards type for alt and a digit: keys, never drawn."""
NOT_DRAWN = {"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Zl", "Zp"}


def constants(path: Path) -> Iterator[str]:
    """Yields the texts of a module, without those that say what something is for."""
    tree = ast.parse(path.read_text("utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_every_glyph_of_ours_has_its_sign_in_ascii() -> None:
    files = [path for word in WORDS for path in (sorted((ROOT / word).rglob("*.py")) or [ROOT / word])]
    glyphs = {sign for path in files for text in constants(path) for sign in text if not sign.isascii()}
    drawn = {sign for sign in glyphs if unicodedata.category(sign) not in NOT_DRAWN}

    assert sorted(drawn - TYPED - {chr(code) for code in ASCII}) == []


def test_frames_and_scrollbars_have_theirs_too() -> None:
    drawn = "".join(part for rows in BORDER_CHARS.values() for row in rows for part in row)
    drawn += "".join((*ScrollBarRender.VERTICAL_BARS, *ScrollBarRender.HORIZONTAL_BARS))

    assert in_ascii(drawn).isascii()


def test_a_sign_is_as_wide_as_its_glyph() -> None:
    assert all(sign.isascii() and len(sign) == cell_len(sign) == cell_len(chr(code)) for code, sign in ASCII.items())


def test_states_stay_told_apart() -> None:
    looks = (WAITING, FAILED, RUNNING, STALLED, MERGING, QUEUED, DONE, DEAD, LEFT_OUT)

    assert [in_ascii(look.glyph) for look in looks] == list("!x*o=.+X-")


@pytest.mark.parametrize(
    ("text", "ours", "everything"),
    [
        ("plain", "plain", "plain"),
        ("✓ done", "+ done", "+ done"),
        ("Größe", "Größe", "Grosse"),
        ("日本 ●", "日本 *", "???? *"),
    ],
)
def test_what_agents_write_is_changed_only_where_the_terminal_takes_nothing_else(
    text: str, ours: str, everything: str
) -> None:
    assert in_ascii(text) == ours
    changed = in_ascii(text, everything=True)
    assert changed.isascii()
    assert cell_len(changed) == cell_len(text)
    if text != "Größe":
        assert changed == everything


@pytest.mark.parametrize(
    ("environ", "encoding", "unicode", "any_text"),
    [
        ({"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}, "utf-8", True, True),
        ({"TERM": "xterm-256color"}, "utf-8", True, True),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, "utf-8", False, True),
        ({"TERM": "xterm", "LANG": "C"}, "utf-8", False, False),
        ({"TERM": "xterm", "LC_ALL": "de_DE.ISO-8859-1", "LANG": "C.UTF-8"}, "utf-8", False, False),
        ({"TERM": "xterm", "LANG": "C.UTF-8"}, "iso8859-1", False, False),
    ],
)
def test_a_terminal_that_cannot_draw_glyphs_is_known_by_its_environment(
    environ: dict[str, str], encoding: str, unicode: bool, any_text: bool
) -> None:
    found = abilities_of(environ, encoding)

    assert (found.unicode, found.any_text) == (unicode, any_text)


def test_colours_titles_and_notifications_follow_the_terminal() -> None:
    console = abilities_of({"TERM": "linux"}, "utf-8")
    gnome = abilities_of({"TERM": "xterm-256color", "VTE_VERSION": "7600", "COLORTERM": "truecolor"}, "utf-8")
    tmux = abilities_of({"TERM": "screen-256color", "TMUX": "/tmp/x"}, "utf-8")

    assert console.few_colours
    assert (console.title, console.notify) == (False, "")
    assert (gnome.few_colours, gnome.title, gnome.notify, gnome.tmux) == (False, True, "777", False)
    assert (tmux.few_colours, tmux.notify, tmux.tmux) == (False, "9", True)


PLAIN = Machine(terminal=Abilities(unicode=False))
PLACES = {
    "fleet": ("1",),
    "heat map": ("1", "v"),
    "facts": ("1", "i"),
    "log": ("2",),
    "merges": ("3",),
    "dead letters": ("4",),
    "palette": (":",),
    "keys": ("?",),
    "settings": (",",),
    "what happened": ("!",),
    "landing": ("m",),
}


async def test_no_screen_shows_a_glyph_where_the_terminal_has_only_ascii() -> None:
    async with live(until_gate(), machine=PLAIN) as scene:
        for place, keys in PLACES.items():
            await scene.press(*keys)
            assert scene.text().isascii(), f"{place}: {[sign for sign in scene.text() if not sign.isascii()]}"
            await scene.press("escape")
            await scene.press("escape")


async def test_replay_and_what_is_said_for_a_moment_are_in_ascii_too() -> None:
    async with replay(make_run(items=6, failing=(2,)), machine=PLAIN) as scene:
        scene.app.steering.say("12 items → done …")
        await scene.pilot.pause()

        assert "12 items > done ~" in scene.text()
        assert scene.text().isascii()


async def test_glyphs_change_at_once_when_the_preference_does() -> None:
    async with live(until_gate()) as scene:
        before = scene.text()
        scene.app.personal.try_out(glyphs="ascii")
        await scene.pilot.pause()
        plain = scene.text()
        scene.app.personal.try_out()
        await scene.pilot.pause()

        assert not before.isascii()
        assert plain.isascii()
        assert scene.text() == before
