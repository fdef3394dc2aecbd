"""Room for many children."""

import resource
import subprocess
import sys

import pytest

ASKING = """
import resource
from prodigy_tui.process.open_files import allow_children
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(allow_children({children}), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "children", "told", "then"),
    [
        (1024, 4096, 10, None, 1024),
        (1024, 4096, 300, None, 256 + 300 * 8),
        (300, 1000, 200, 1000, 1000),
        (1000, 1000, 200, 1000, 1000),
    ],
)
def test_the_limit_is_raised_as_far_as_needed_and_allowed(
    soft: int, hard: int, children: int, told: int | None, then: int
) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("this machine allows fewer open files")
    program = ASKING.format(soft=soft, hard=hard, children=children)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == [str(told), str(then), str(hard)]
