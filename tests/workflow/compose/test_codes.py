"""Every code of composition has a row somewhere that shows its place and its words."""

import re
from pathlib import Path

import prodigy_tui.workflow.compose


def test_every_code_of_this_package_has_its_row():
    sources = Path(prodigy_tui.workflow.compose.__file__).parent.glob("*.py")
    known = {code for path in sources for code in re.findall(r'"(PT\d{3})"', path.read_text(encoding="utf-8"))}
    rows = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*_lines.py")]
    tested = {code for text in rows for code in re.findall(r"\d+:\d+: (?:error|warning) (PT\d{3})\b", text)}

    assert known <= tested
