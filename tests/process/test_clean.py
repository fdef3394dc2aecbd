"""The quick look for secrets says nothing that the patterns would not say."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prodigy_tui.process import Masker, clean
from prodigy_tui.process.chunks import TextChunks
from prodigy_tui.process.mask import _LONG, _WORTHWHILE, _Check
from tests.process.test_mask import KEY, TOKENS
from tests.support.pieces import fed, told
from tests.support.rules import rule

SECRETS = ("hunter2-secret", 'p"ss wörd/1', "caf\udce9-secret", "a.b*c[d]e\\f", KEY)
PIECES = st.one_of(
    st.sampled_from([*TOKENS.values(), *SECRETS, "Bearer abcdefghijklmnop.qrs", "bearer abcdefghijklmnopqrs"]),
    # Beginnings and ends of them, which may become whole together, or not.
    st.sampled_from([*TOKENS.values(), *SECRETS]).flatmap(
        lambda text: st.integers(1, len(text) - 1).flatmap(lambda at: st.sampled_from([text[:at], text[at:]]))
    ),
    st.text('ghp_ eyJ.AKISsk-ant\n\r"\\/%é€', max_size=12),
    st.text(st.characters(), max_size=6),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


def quick(*secrets):
    """A masker that has seen enough to look quickly from now on."""
    masker = Masker(secrets)
    masker._searched = _WORTHWHILE
    return masker


def slow(*secrets):
    """One that only has its patterns."""
    masker = Masker(secrets)
    masker._check = _Check(masker._secrets, None)
    return masker


QUICK, SLOW = quick(*SECRETS), slow(*SECRETS)


@rule("12.3 cost")
@given(TEXTS, st.booleans())
@example("caf\udce9-secret", True)
@example("\ud800 ghp_" + "a" * 36, True)
def test_what_is_hidden_is_the_same_with_and_without_the_quick_look(text, before):
    filling = "." * _LONG
    whole = filling + text if before else text + filling

    assert QUICK.text(whole) == SLOW.text(whole)
    assert Masker(SECRETS).text(whole) == SLOW.text(whole)


@rule("12.3 split")
@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(st.integers(0, 8000), max_size=12))
def test_it_is_the_same_however_output_is_cut_into_reads(texts, cuts):
    data = ("\n" + "." * 1000).join(("", *texts, "")).encode(errors="replace")
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    seen = []
    for masker in (QUICK, SLOW):
        chunks = TextChunks(masker)
        parts = [text for start, end in itertools.pairwise(edges) for text in fed(chunks, data[start:end])]
        seen.append([*parts, *told(chunks.close())])

    assert seen[0] == seen[1]


def test_a_flood_that_is_clean_is_not_searched_by_patterns(monkeypatch):
    masker = quick(*SECRETS)
    flood = "INFO tests/test_half_up.py[JPY-12.50] PASSED: a KeyError less, sk-1 through ghost Bearer é\n" * 800
    monkeypatch.setattr(masker, "_patterns_in", lambda text: pytest.fail("it was searched"))

    assert masker.text(flood) == flood


def test_what_prints_little_does_not_prepare_for_more():
    masker = Masker()
    for _ in range(10):
        masker.text("a line like any other\n" * 500)

    assert masker._check is None


@rule("12.3 value")
def test_a_secret_that_is_learnt_later_is_looked_for_at_once():
    masker, text = quick("hunter2-secret"), "." * _LONG + "another-secret"
    assert masker.text(text) == text

    masker.learn(["another-secret"])

    assert masker.text(text) == "." * _LONG + "***"


@pytest.mark.parametrize("token", [*TOKENS.values(), "Bearer abcdefghijklmnop.qrs"])
def test_no_known_shape_is_clean(token):
    masker = quick()

    assert masker._is_clean("a line\n" * 200)
    assert not masker._is_clean("a line\n" * 200 + token)


def test_too_much_to_search_for_is_left_to_the_patterns(monkeypatch):
    monkeypatch.setattr(clean, "_MOST", 10)

    assert clean.clean_check([], ["hunter2-secret"]) is None
    assert quick("hunter2-secret").text("." * _LONG + "hunter2-secret") == "." * _LONG + "***"
