"""PyYAML is loaded without the pattern that takes longest to compile; what stands for it finds the same."""

import re
import subprocess
import sys

from prodigy_tui.workflow.yaml_library import UNREADABLE

ALLOWED = "\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
PROGRAM = """
from prodigy_tui.workflow.yaml_library import UNREADABLE
from yaml.reader import Reader
assert Reader.NON_PRINTABLE is UNREADABLE
"""


def test_the_characters_that_are_not_allowed_are_those_that_are_not_among_the_allowed_ones() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))

    assert UNREADABLE.findall(every) == re.findall(f"[^{ALLOWED}]", every)


def test_pyyaml_compiles_no_pattern_of_its_own_for_them() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
