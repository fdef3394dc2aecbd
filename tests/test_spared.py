"""Modules that are left out at the start are there as soon as they are used; some libraries alone do without a part."""

import subprocess
import sys

PROGRAM = """
import sys
import prodigy_tui.tui
import textual.app
from prodigy_tui.tui import terminal
assert "textual.types" not in sys.modules and "textual.widgets._input" not in sys.modules
palette = sys.modules["textual.app"].CommandPalette
from textual.command import CommandPalette
assert palette is not CommandPalette and palette.is_open == CommandPalette.is_open
assert isinstance(palette(), CommandPalette)
from rich.table import Table
assert Table().columns == []
from textual.content import Content
assert Content.from_markup("[b]x").plain == "x"
"""
WITHOUT_TLS = """
import sys
from prodigy_tui.spared import leave_out_parts
leave_out_parts()
leave_out_parts()
import asyncio, asyncio.sslproto
assert asyncio.sslproto.ssl is None and asyncio.run(asyncio.sleep(0, 7)) == 7
import ssl, http.client
assert hasattr(http.client, "HTTPSConnection")
"""


WITHOUT_EXTENSIONS = """
import sys
from prodigy_tui.spared import leave_out_parts
leave_out_parts()
import msgspec
assert "typing_extensions" not in sys.modules
import typing, typing_extensions
class Has(msgspec.Struct):
    most: typing.Annotated[int, msgspec.Meta(le=3)] | None = None
class Keys(typing.TypedDict):
    one: int
    two: typing.NotRequired[int]
assert msgspec.json.decode(b'{"most": 3}', type=Has) == Has(3) and msgspec.convert({"one": 1}, Keys) == {"one": 1}
try:
    msgspec.json.decode(b'{"most": 4}', type=Has)
except msgspec.ValidationError:
    pass
else:
    raise AssertionError
"""


def run(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_was_left_out_loads_itself_when_it_is_used() -> None:
    run(PROGRAM)


def test_only_asyncio_does_without_tls() -> None:
    run(WITHOUT_TLS)


def test_only_msgspec_does_without_typing_extensions() -> None:
    run(WITHOUT_EXTENSIONS)
