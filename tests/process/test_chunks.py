"""How bytes become chunks of text, whatever the reads look like."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.process import Masker
from prodigy_tui.process.chunks import LONGEST_PART, TextChunks
from tests.support.pieces import fed, told


def chunks_of(reads, masker=None):
    chunks = TextChunks(masker or Masker())
    return [text for read in reads for text in fed(chunks, read)] + told(chunks.close())


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


def test_half_a_character_behind_a_part_of_a_line_is_told_before_what_follows():
    token = b"ghp_" + b"A" * (LONGEST_PART + 5000)

    assert chunks_of([token + b"\xe2\x82", b"\nnext\n"]) == ["***", "�\nnext\n"]


def test_what_is_just_what_came_is_told_with_its_bytes():
    chunks = TextChunks(Masker(["hunter2-secret"]))

    def bytes_of(data):
        room = chunks.room(len(data))
        room[:] = data
        return [raw and bytes(raw) for _, raw in chunks.take(len(data))]

    assert bytes_of("one\r\ncafé\nhal".encode()) == ["one\r\ncafé\n".encode()]
    assert bytes_of(b"f\n") == [b"half\n"]
    assert bytes_of(b"a hunter2-secret\n") == [None]
    assert bytes_of(b"caf\xe9\n") == [None]


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_pipes_that_are_read_in_turn_do_not_disturb_each_other(reads):
    one, other = TextChunks(Masker()), TextChunks(Masker())
    seen = ["", ""]
    for read in reads:
        seen[0] += "".join(fed(one, read))
        seen[1] += "".join(fed(other, read[::-1]))

    assert seen[0] + "".join(told(one.close())) == b"".join(reads).decode("utf-8", "replace")
    assert seen[1] + "".join(told(other.close())) == b"".join(read[::-1] for read in reads).decode("utf-8", "replace")


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
