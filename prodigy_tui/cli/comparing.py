"""Two recorded runs held against each other, with a look into their repository where it is at hand."""

from contextlib import suppress
from pathlib import Path

from prodigy_tui.cli.reporting import measured
from prodigy_tui.errors import ProdigyError
from prodigy_tui.git.contents import open_contents
from prodigy_tui.git.repo import Repository
from prodigy_tui.report.compare import Comparison, compare
from prodigy_tui.report.model import Report
from prodigy_tui.storage import RunFolder


def compared(a: RunFolder, b: RunFolder) -> Comparison:
    """Returns what differs between two runs.

    Raises:
        LogDamaged: the record of one of them cannot be read.
    """
    one, other = measured(a), measured(b)
    if (repository := _of_both(one, other)) is None:
        return compare(one, other)
    with open_contents(repository) as contents:
        return compare(one, other, contents.blob)


def _of_both(one: Report, other: Report) -> Path | None:
    """Returns a folder of the repository that both runs are of; None where it is gone, or they are of two."""
    with suppress(ProdigyError):
        first = Repository.open(Path(one.repository)).common_dir
        if one.repository == other.repository or Repository.open(Path(other.repository)).common_dir == first:
            return first
    return None
