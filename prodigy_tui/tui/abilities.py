"""What a terminal can do, as far as its environment tells."""

import io
import re
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from rich.console import Console

Notify: TypeAlias = Literal["", "9", "777"]

_NO_WORDS_OUTSIDE: Final = frozenset({"linux", "dumb", "unknown", ""})
_UTF8: Final = r"(?i)utf-?8"


class Abilities(Struct, frozen=True, kw_only=True):
    """One terminal; by default one that draws everything and has nothing around its picture."""

    unicode: bool = True
    """Whether it draws our glyphs."""
    any_text: bool = True
    """Whether it takes text outside of ASCII at all."""
    few_colours: bool = False
    """It has sixteen, which a person has chosen to be readable."""
    title: bool = False
    """Whether it has a title to be set."""
    notify: Notify = ""
    """The number of the sequence by which it tells the desktop; empty: it does not."""
    tmux: bool = False
    """Sequences for the terminal outside must be wrapped."""


def abilities_of(environ: Mapping[str, str], encoding: str) -> Abilities:
    """Returns what the terminal can do that `environ` describes.

    Args:
        environ: the variables of the process.
        encoding: what text is written in.
    """
    term = environ.get("TERM", "")
    locale = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environ.get(name))), "")
    any_text = bool(re.search(_UTF8, encoding)) and (not locale or bool(re.search(_UTF8, locale)))
    around = term not in _NO_WORDS_OUTSIDE
    return Abilities(
        unicode=any_text and term != "linux",
        any_text=any_text,
        few_colours=_few_colours(environ),
        title=around,
        notify=_notify(term, environ) if around else "",
        tmux="TMUX" in environ,
    )


def _few_colours(environ: Mapping[str, str]) -> bool:
    console = Console(file=io.StringIO(), force_terminal=True, _environ=dict(environ))
    return console.color_system == "standard"


def _notify(term: str, environ: Mapping[str, str]) -> Notify:
    if "VTE_VERSION" in environ or term.startswith(("rxvt", "foot")):
        return "777"
    return "9"
