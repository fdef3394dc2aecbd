"""Differences as lines: what is read from git's patches, and how it is drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.tui.model.changes import ChangedFile, ClashingFile, fold_reason, is_binary
from prodigy_tui.tui.model.clashpage import ClashPage
from prodigy_tui.tui.model.codetext import code_text, window
from prodigy_tui.tui.model.diffpage import DiffPage, layout_for
from prodigy_tui.tui.model.hunks import changed_words, read_patch
from prodigy_tui.tui.model.line import cells, plain
from prodigy_tui.tui.model.reviewstate import ReviewState, file_page, instead

PATCH = """diff --git a/x b/x
--- a/x
+++ b/x
@@ -88,4 +88,5 @@ class TokenStore
     def rotate(self, token):
-        now = time.time()
+        now = self._clock.now()
         if now:
+            self._audit(token, now)
             return token
@@ -140 +141 @@
-old
\\ No newline at end of file
+new
"""


def lines_of(page: DiffPage, width: int = 70, pan: int = 0) -> list[str]:
    return [plain(page.line(index, width, pan)).rstrip() for index in range(len(page))]


def test_lines_have_their_numbers_and_hunks_their_places() -> None:
    diff = read_patch(PATCH)

    assert [(line.kind, line.old, line.new) for line in diff.lines[:5]] == [
        ("hunk", 88, 88), ("same", 88, 88), ("removed", 89, None), ("added", None, 89), ("same", 90, 90),
    ]  # fmt: skip
    assert diff.hunks == (0, 7)
    assert [line.bare for line in diff.lines[-2:]] == [True, False]
    assert diff.partners == {2: 3, 3: 2, 8: 9, 9: 8}


def test_code_that_looks_like_a_patch_is_code() -> None:
    diff = read_patch("@@ -1,2 +1,3 @@\n--- a/x\n-@@ -1 +1 @@\n+++ b/x\n+@@ -9 +9 @@\n+\\ No newline\n")

    assert [line.text for line in diff.lines[1:]] == ["-- a/x", "@@ -1 +1 @@", "++ b/x", "@@ -9 +9 @@", "\\ No newline"]
    assert diff.hunks == (0,)


def test_a_form_feed_or_a_line_separator_ends_no_line() -> None:
    diff = read_patch("@@ -1 +1 @@\n-a\x0cb\u2028c\n+a\x0bb\x85c\n")

    assert len(diff.lines) == 3


@given(st.text())
def test_whatever_stands_there_is_read(text: str) -> None:
    diff = read_patch(text)
    for layout in ("unified", "split"):
        page = DiffPage(diff, layout)
        assert all(cells(page.line(index, 60, 3)) <= 60 for index in range(len(page)))


def test_words_that_differ_are_found_and_other_lines_are_not_compared() -> None:
    gone, come = changed_words("now = time.time()", "now = clock.time()")
    assert ("now = time.time()"[slice(*gone[0])], "now = clock.time()"[slice(*come[0])]) == ("time", "clock")
    assert changed_words("entirely", "{}[]()") == ((), ())
    assert changed_words("x" * 5_000, "y") == ((), ())


def test_one_column_has_both_numbers_and_marks_changed_words() -> None:
    page = DiffPage(read_patch(PATCH), "unified")

    assert lines_of(page)[:4] == [
        "@@ −88,4 +88,5 @@ class TokenStore",
        " 88  88       def rotate(self, token):",
        " 89     −         now = time.time()",
        "     89 +         now = self._clock.now()",
    ]
    assert ("time", "removed-word") in page.line(2, 70, 0)
    assert lines_of(page)[8].endswith("old  no newline at the end")
    assert page.stops == (0, 7)


def test_side_by_side_what_was_changed_stands_beside_what_it_became() -> None:
    page = DiffPage(read_patch(PATCH), "split")
    text = lines_of(page, 80)

    assert text[2] == " 89 −         now = time.time()        │ 89 +         now = self._clock.now()"
    assert text[4].startswith(" " * 39 + "│ 91 +             self._audit(token")
    assert page.stops == (0, 6)


def test_code_can_be_moved_sideways_and_its_numbers_stay() -> None:
    line = lines_of(DiffPage(read_patch("@@ -1 +1 @@\n-a\n+" + "0123456789" * 9 + "\n"), "unified"), 30, 5)[2]

    assert line == "      1 + 5678901234567890123…"


def test_wide_letters_that_are_cut_leave_no_half() -> None:
    shown = window((("日本語", "text"), ("x", "key")), 1, 4)

    assert plain(shown) == " 本…"
    assert cells(shown) <= 4


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("if admin:\u202e", "if admin:‹202E›"),
        ("a\u200bb", "a‹200B›b"),
        ("\x1b[31mred\x07", "‹1B›[31mred␇"),
        ("\tx\r", "    x␍"),
        ("\udcff", "\ufffd"),
    ],
)
def test_what_cannot_be_seen_in_code_is_shown(code: str, shown: str) -> None:
    assert code_text(code) == shown


def test_a_line_of_a_megabyte_is_cut_and_said_to_be() -> None:
    assert code_text("x" * 1_000_000).endswith("xxx … 1,000,000 characters")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("package-lock.json", "lock file"),
        ("sub/Cargo.lock", "lock file"),
        ("web/app.min.js", "generated file"),
        ("api/v1_pb2.py", "generated file"),
        ("node_modules/x/index.js", "generated file"),
        ("src/locksmith.py", ""),
        ("src/big.py", "large: 2,001 changed lines"),
    ],
)
def test_files_that_nobody_reads_are_folded(path: str, reason: str) -> None:
    file = ChangedFile(key=path, path=path, status="modified")

    assert fold_reason(file, {"src/big.py": (2_000, 1)}) == reason


def test_what_has_no_lines_is_said_instead() -> None:
    binary = ChangedFile(key="x.png", path="x.png", status="modified")
    module = ChangedFile(key="m", path="m", status="modified", kind="submodule", old_content="a" * 40, content="b" * 40)

    assert is_binary(binary, {"x.png": None})
    assert "binary" in str(instead(binary, {"x.png": None}, unfolded=True))
    assert "aaaaaaaaa → bbbbbbbbb" in str(instead(module, {}, unfolded=False))
    assert instead(ChangedFile(key="a", path="a", status="modified"), {}, unfolded=False) is None


def test_a_long_difference_is_folded_before_its_lines_are_counted() -> None:
    diff = read_patch("@@ -0,0 +1,2001 @@\n" + "+x\n" * 2_001)
    file = ChangedFile(key="a", path="a", status="added")

    assert len(file_page(file, diff, "unified", unfolded=False)) < 5
    assert len(file_page(file, diff, "unified", unfolded=True)) == 2_002


def test_a_changed_mode_is_said() -> None:
    file = ChangedFile(key="a", path="a", status="modified", old_mode="100644", new_mode="100755")
    page = file_page(file, read_patch(""), "unified", unfolded=False)

    assert [plain(page.line(n, 50, 0)) for n in range(len(page))] == ["mode 100644 → 100755", "no line differs"]


def test_the_layout_goes_by_width_until_somebody_chooses() -> None:
    state = ReviewState()
    assert (layout_for("auto", 139), layout_for("auto", 140), layout_for("unified", 300)) == (
        "unified",
        "split",
        "unified",
    )
    chosen = []
    for _ in range(3):
        state.wish = state.next_wish(layout_for(state.wish, 100))
        chosen.append(state.wish)
    assert chosen == ["split", "unified", "auto"]


CLASH = """one
<<<<<<< ours
from the run
======= is no mark of ours
||||||| base
before
=======
from the agent
>>>>>>> theirs
two
""" + "".join(f"far {n}\n" for n in range(20))  # fmt: skip


def test_a_clash_shows_both_sides_and_a_little_around() -> None:
    page = ClashPage(ClashingFile(path="x", text=CLASH.replace("======= is", "====== is"), marker=7))
    text = [plain(page.line(index, 60, 0)).rstrip() for index in range(len(page))]

    assert text == [
        "          one",
        "clash 1 · line 2",
        "run       from the run",
        "run       ====== is no mark of ours",
        "before    before",
        "agent     from the agent",
        "          two",
        "          far 0",
        "          far 1",
    ]
    assert page.stops == (1,)


def test_a_side_that_has_nothing_there_is_said_to_have_nothing() -> None:
    page = ClashPage(ClashingFile(path="x", text="<<<<<<< ours\n||||||| base\nold\n=======\nnew\n>>>>>>> theirs\n"))

    text = [plain(page.line(index, 60, 0)).rstrip() for index in range(len(page))]
    assert text == ["clash 1 · line 1", "run       nothing", "before    old", "agent     new"]
