"""The lines of both sides of a clash, the target's first, none twice in one clash (language 16.5)."""

import pytest

from prodigy_tui.git.union import union


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "joined"),
    [
        pytest.param("", "a\n", "b\n", "a\nb\n", id="both add"),
        pytest.param("a\nx\nz\n", "a\no\nz\n", "a\nt\nz\n", "a\no\nt\nz\n", id="both change"),
        pytest.param("h\n", "h\na\nb\n", "h\nb\nc\n", "h\na\nb\nc\n", id="a line of both is there once"),
        pytest.param("h\n", "h\na\na\nb\n", "h\nc\n", "h\na\nb\nc\n", id="once in the clash, whoever repeats it"),
        pytest.param("h\nx\n", "h\na\nx\n", "h\nb\nx\n", "h\na\nb\nx\n", id="in the midst"),
        pytest.param("1\n2\n3\n4\n5\n6\n7\n", "1\nA\n2\n3\n4\n5\n6\na\n", "1\nB\n2\n3\n4\n5\n6\nb\n",
                     "1\nA\nB\n2\n3\n4\n5\n6\na\nb\n", id="two clashes"),
        pytest.param("a\r\n", "a\r\nb\r\n", "a\r\nb\r\nc\r\n", "a\r\nb\r\nc\r\n", id="carriage returns stay"),
        pytest.param("a\n", "a\nb", "a\nc", "a\nb\nc\n", id="no newline at the end"),
        pytest.param("", "=======\n<<<<<<< x\n", "======== \n>>>>>>>\n", "=======\n<<<<<<< x\n======== \n>>>>>>>\n",
                     id="lines that look like marks"),
        pytest.param("a\n", "a\n\u2028b\x0bc\n", "a\nd\re\n", "a\n\u2028b\x0bc\nd\re\n", id="only newlines end lines"),
        pytest.param("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n", "A\nb\nc\nD\n", id="no clash at all"),
    ],
)  # fmt: skip
def test_lines_of_both_sides(base: str, ours: str, theirs: str, joined: str):
    found = union(base.encode(), ours.encode(), theirs.encode())

    assert found is not None
    assert found.decode() == joined


def test_what_is_no_text_has_no_lines():
    assert union(b"", b"\0a", b"\0b") is None


def test_the_style_in_which_the_user_is_shown_clashes_changes_nothing(monkeypatch, tmp_path):
    settings = tmp_path / "gitconfig"
    settings.write_text("[merge]\nconflictStyle = diff3\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))

    assert union(b"x\n", b"a\n", b"b\n") == b"a\nb\n"
