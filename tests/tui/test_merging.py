"""What the interface says of branches that are merged, verified, or wait for that."""

from datetime import timedelta

from prodigy_tui.events.schema import ResolutionStarted, VerifyFinished, VerifyStarted
from prodigy_tui.tui.model.activity import describe
from prodigy_tui.tui.model.cells import item_cells
from prodigy_tui.tui.model.glance import Glance
from prodigy_tui.tui.model.output import stem_of
from prodigy_tui.tui.model.overview import bottleneck
from prodigy_tui.tui.model.rows import Row
from tests.support.make import START, make_envelope
from tests.support.queued import IDS, four_finished, started, then

NOW = START + timedelta(seconds=12)
VERIFIED = then(four_finished(), *started("a", "b", "c"), VerifyStarted(item_ids=("a", "b", "c"), commit="0123456789"))


def test_rows_say_what_becomes_of_a_branch_and_show_its_log() -> None:
    said = [item_cells(VERIFIED.items[one], Glance(state=VERIFIED, now=NOW)).detail for one in IDS]

    assert said == [*["verifying, with 2 others: 1 commit"] * 3, "queue · 1 commit"]
    assert stem_of(Row(kind="item", id="a"), VERIFIED) == "phases/verify"
    assert stem_of(Row(kind="item", id="d"), VERIFIED) == "items/d/1"


def test_a_row_says_that_an_agent_works_on_its_conflict() -> None:
    begun = ResolutionStarted(item_id="a", purpose="conflict", paths=("shared.txt",))
    solving = then(four_finished(), *started("a"), begun)

    assert item_cells(solving.items["a"], Glance(state=solving, now=NOW)).detail == "solving the conflict in shared.txt"


def test_the_run_says_how_long_it_verifies_and_who_waits() -> None:
    line = "".join(text for text, _ in bottleneck(VERIFIED, NOW))

    assert line.endswith("verifying 3 branches for 12s · 1 wait to merge behind a000")


def test_a_verification_that_fails_is_told() -> None:
    failed = VerifyFinished(item_ids=("a",), commit="0123456789", status="failed", message="step 'make' failed")

    told = describe(make_envelope(failed), VERIFIED)

    assert told is not None
    assert (told.text, told.role) == ("verification of 0123456 failed: step 'make' failed", "warning")
