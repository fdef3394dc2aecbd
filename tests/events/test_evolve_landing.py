"""What a state remembers of landings: the candidate, a person's wish, and what has landed."""

from datetime import timedelta

from prodigy_tui.events.evolve import evolve, fold
from prodigy_tui.events.merge_state import LandingWish
from prodigy_tui.events.schema import CandidateMade, Envelope, KnownEvent, LandingFinished, SignalReceived
from prodigy_tui.events.state import RunState
from tests.support.make import make_run

UNMERGED = fold(make_run(items=2, answer="later"))
MADE = CandidateMade(source="1" * 40, target="main", onto="2" * 40, commit="3" * 40, strategy="squash")
WISH = SignalReceived(signal="merge", into="release", strategy="rebase", message="So")


def after(*events: KnownEvent, state: RunState = UNMERGED) -> RunState:
    for event in events:
        assert state.last_at is not None
        state = evolve(state, Envelope(seq=state.last_seq + 1, at=state.last_at + timedelta(seconds=1), event=event))
    return state


def test_a_candidate_is_known_until_it_has_landed() -> None:
    refused = after(MADE, LandingFinished(status="refused", target="main"))
    assert refused.candidate == MADE

    landed = after(LandingFinished(status="landed", target="main", commit=MADE.commit), state=refused)
    assert landed.candidate is None


def test_a_wish_holds_for_one_landing() -> None:
    wanted = after(WISH)
    assert (wanted.merge_wanted, wanted.wish) == (True, LandingWish(into="release", strategy="rebase", message="So"))

    assert after(LandingFinished(status="refused", target="release"), state=wanted).wish == LandingWish()
    assert after(SignalReceived(signal="merge"), state=wanted).wish == LandingWish()


def test_finding_nothing_new_leaves_what_has_landed_standing() -> None:
    landed = LandingFinished(status="landed", target="main", commit=MADE.commit, source=MADE.source, strategy="squash")

    again = after(landed, SignalReceived(signal="merge"), LandingFinished(status="nothing", target="main"))

    assert (again.landing, again.landed) == (landed, landed)
