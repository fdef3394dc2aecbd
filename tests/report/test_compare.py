"""Two runs, and two moments of one, held against each other."""

import pytest

from prodigy_tui.report.compare import Comparison, ItemChange, compare
from prodigy_tui.report.measure import measure
from prodigy_tui.report.text import comparison_lines
from tests.support.make import make_run
from tests.support.rules import rule


def by_id(comparison: Comparison) -> dict[str, ItemChange]:
    return {item.item_id: item for item in comparison.items}


@rule("cli 8.4 diff")
def test_items_are_told_by_what_became_of_them() -> None:
    a = measure(make_run(items=5, failing=[2], conflicting=[3]))
    b = measure(make_run(items=6, failing=[3], retried=[4]))

    comparison = compare(a, b)
    items = by_id(comparison)

    told = {name: item.verdict for name, item in items.items()}
    assert told == {
        "item-1": "same",
        "item-2": "better",
        "item-3": "same",
        "item-4": "same",
        "item-5": "same",
        "item-6": "only_b",
    }
    verdicts = comparison.verdicts
    assert (verdicts.same, verdicts.better, verdicts.worse, verdicts.only_b) == (4, 1, 0, 1)
    assert by_id(compare(b, a))["item-2"].verdict == "worse"
    four = items["item-4"]
    assert four.a is not None
    assert four.b is not None
    assert (four.a.attempts, four.b.attempts) == (1, 2)
    assert four.usd_change == pytest.approx(0.01)
    assert four.work_change_s == pytest.approx(four.b.work_s - four.a.work_s)
    assert items["item-6"].work_change_s is None


@rule("cli 8.4 diff")
def test_changed_files_are_compared_by_name_and_where_possible_by_content() -> None:
    a, b = measure(make_run(items=3)), measure(make_run(items=3, conflicting=[3], retried=[2]))
    blobs = {("a", "src/part_2.py"): "1"}

    def look(commit: str, path: str) -> str | None:
        if path == "src/part_3.py":
            raise LookupError(path)
        return blobs.get((commit, path), commit)

    one, two, three = compare(a, b, look).items

    assert (one.contents, one.files_in_both) == ("same", 1)  # it came to the very same commit
    assert two.contents == "different"
    assert (three.contents, three.files_complete) == ("same", True)
    assert by_id(compare(a, b))["item-2"].contents == "unknown"
    assert compare(a, b, look).verdicts.files_differ == 1


@rule("cli 8.4 diff")
def test_figures_that_are_not_known_have_no_difference() -> None:
    a, b = measure(()), measure(make_run(items=2))

    figures = {figure.name: figure for figure in compare(a, b).figures}

    assert figures["success rate"].change is None
    assert figures["items succeeded"].change == 2
    assert figures["cost"].change == pytest.approx(0.02)


def test_one_run_is_compared_at_two_moments() -> None:
    envelopes = make_run(items=4, failing=[2])
    early = measure(envelopes[: len(envelopes) // 2], live=True)
    late = measure(envelopes)

    comparison = compare(early, late)

    assert comparison.a.run_id == comparison.b.run_id
    assert comparison.a.seq < comparison.b.seq
    assert comparison.verdicts.better > 0
    shown = "\n".join("".join(span.text for span in line) for line in comparison_lines(comparison))
    assert "better" in shown
