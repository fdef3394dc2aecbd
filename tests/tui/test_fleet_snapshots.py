"""Pictures of the fleet where its layout is the point. Look before updating them."""

from pathlib import Path

from tests.tui.test_snapshots import HALFWAY, Compare, picture


def test_fleet_of_64_columns_with_marks(snap_compare: Compare, tmp_path: Path) -> None:
    assert picture(snap_compare, tmp_path, HALFWAY, (64, 20), keys=["down", "space", "space"])


def test_facts_beside_the_list(snap_compare: Compare, tmp_path: Path) -> None:
    assert picture(snap_compare, tmp_path, HALFWAY, (120, 36), keys=["down", "down", "i"])
