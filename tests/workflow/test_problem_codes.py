"""Every problem code has a row somewhere that shows its place and its words."""

import re
from pathlib import Path

import prodigy_tui.workflow

LOADING = ("build/*.py", "check*.py", "*source.py", "fields.py", "load.py", "reading.py")
BEHIND_LOADING = {
    "PT303",
    "PT304",
    "PT305",
    "PT306",
    "PT309",
    "PT401",
    "PT402",
    "PT403",
    "PT404",
    "PT406",
    "PT407",
    "PT408",
}
"""Codes that loading passes on from the parsers of texts, expressions, sort keys and JSONPath."""

WITH_PLACE = {
    "error": (
        "PT100 PT101 PT102 PT103 PT104 PT105 PT106 PT107 PT108 PT109 PT110 PT111 PT112 PT113 PT114 PT116 PT199 PT201 "
        "PT202 PT203 PT204 PT205 PT206 PT207 PT208 PT209 PT211 PT301 PT304 PT306 PT309 PT313 PT321 PT322 PT330 PT332 "
        "PT333 PT401 PT402 PT403 PT406 PT407 PT408 PT522 PT701 PT702 PT703 PT704 PT705 PT706 PT707 PT801"
    ),
    "warning": (
        "PT117 PT199 PT204 PT207 PT210 PT302 PT303 PT305 PT310 PT311 PT312 PT321 PT331 PT404 PT602 PT901 PT902 PT903 "
        "PT904"
    ),
}
"""Appendix A: every code of class E and W that a text, a file or the environment can be blamed for."""
AT_WORK = ("PT405", "PT504", "PT510", "PT512", "PT612")
"""Appendix A: every other code of class W. They are found while a run works, and are told as events without a place."""
AT_THE_START = ("PT630",)
"""Appendix A: the code of class E that needs more than the text: what an agent costs."""


def test_every_code_of_class_e_and_w_has_a_row_with_its_place_and_words():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))

    for severity, codes in WITH_PLACE.items():
        rows = set(re.findall(rf"\d+:\d+: {severity} (PT\d{{3}})(?: at [^:]+)?: \S", tests))
        assert set(codes.split()) - rows == set(), severity
    told = set(re.findall(r"\(\"(PT\d{3})\", \"", tests))
    assert set(AT_WORK) - told == set()


def test_a_code_of_the_start_has_a_test_of_its_own():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))

    assert [code for code in AT_THE_START if f'"{code}: ' not in tests] == []


def test_every_code_that_loading_knows_has_its_row():
    package = Path(prodigy_tui.workflow.__file__).parent
    sources = [path.read_text(encoding="utf-8") for pattern in LOADING for path in package.glob(pattern)]
    known = {code for source in sources for code in re.findall(r"\"(PT\d{3})\"", source)} | BEHIND_LOADING
    rows = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py")]
    tested = {code for text in rows for code in re.findall(r"\b(?:error|warning) (PT\d{3})\b", text)}

    assert known <= tested
