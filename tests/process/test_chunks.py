"""How bytes become chunks of text, whatever the reads look like."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.process import Masker
from prodigy_tui.process.chunks import LONGEST_PART, TextChunks


def chunks_of(reads, masker=None):
    chunks = TextChunks(masker or Masker())
    return [text for read in reads for text in chunks.feed(read)] + list(chunks.close())


def test_chunks_end_at_line_ends():
    assert chunks_of([b"one\ntw", b"o\nthr", b"ee"]) == ["one\n", "two\n", "three"]


def test_a_progress_bar_is_handed_over_at_its_carriage_returns():
    assert chunks_of([b"10%\r20%", b"\r30%"]) == ["10%\r", "20%\r", "30%"]


def test_a_character_split_between_reads_stays_whole():
    assert chunks_of([b"caf\xc3", b"\xa9\n"]) == ["café\n"]


def test_broken_bytes_become_replacement_characters():
    assert "".join(chunks_of([b"a\xffb\n", b"\xe2\x82"])) == "a�b\n�"


def test_a_long_line_is_cut_in_pieces():
    pieces = chunks_of([b"x" * 65536] * 16 + [b"\n"])

    assert sum(map(len, pieces)) == 1024 * 1024 + 1
    assert max(map(len, pieces)) <= 3 * LONGEST_PART


def test_no_cut_goes_through_a_token():
    token = "ghp_" + "A" * 36
    line = "x" * (LONGEST_PART - 20) + token + "y" + "." * 20_000

    text = "".join(chunks_of([line.encode()]))

    assert "AAAA" not in text
    assert text == Masker().text(line)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=8))
def test_where_reads_are_split_changes_nothing(data, cuts):
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    reads = [data[start:end] for start, end in itertools.pairwise(edges)]

    assert "".join(chunks_of(reads)) == data.decode("utf-8", "replace")


@given(st.lists(st.integers(0, 60), max_size=6))
def test_a_token_split_between_reads_is_hidden(cuts):
    data = b"a ghp_" + b"A" * 36 + b" and hunter2-secret end\n"
    edges = sorted({0, len(data), *cuts})
    reads = [data[start:end] for start, end in itertools.pairwise(edges)]

    assert "".join(chunks_of(reads, Masker(["hunter2-secret"]))) == "a *** and *** end\n"
