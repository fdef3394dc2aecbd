"""Clashes that are settled in the object store: what one side has, or the lines of both (language 16.5)."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prodigy_tui.git.conflicts import Version
from prodigy_tui.git.merge import join
from prodigy_tui.git.settling import Settled, Sides, Word, files_of, settle
from prodigy_tui.ids import Oid
from tests.support.gitrepo import GitRepo

HOSTILE = ["a b.txt", "-n", "ü\u202e.txt", "line\nbreak", "tab\t\"quote'.txt", ":(glob)x", "d/.x", "*"]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "repo")


def made(repo: GitRepo, base: dict, ours: dict, theirs: dict) -> Sides:
    """Commits files on two branches; None deletes, a tuple (`link`, text) is a symlink, `exec` an executable."""

    def put(files: dict, message: str) -> Oid:
        for path, content in files.items():
            file = repo.path / path
            if content is None:
                repo.git("rm", "-rq", "--", f":(literal){path}")
                continue
            if (above := file.parent) != repo.path and above.is_file():
                above.unlink()
            kind, text = content if isinstance(content, tuple) else ("file", content)
            if kind == "link":
                file.unlink(missing_ok=True)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.symlink_to(text)
            else:
                repo.write(path, text).chmod(0o755 if kind == "exec" else 0o644)
        repo.git("add", "--all")
        return repo.commit_staged(message)

    put(base, "base")
    repo.branch("incoming")
    head = put(theirs, "theirs")
    repo.checkout("main")
    return Sides(worktree=repo.path, onto=put(ours, "ours"), head=head)


def settled(sides: Sides, word: Word | None, *, only: str = "", restore: tuple[str, ...] = ()) -> Settled:
    joined = join(sides.worktree, sides.onto, sides.head)
    assert joined is not None
    return settle(sides, joined, lambda path: word if path.startswith(only) else None, restore=restore)


def shape(sides: Sides, tree: str) -> dict[str, str]:
    """Returns the files of a tree: mode and first line."""
    repo = GitRepo(sides.worktree)
    found = {}
    for path, version in files_of(sides.worktree, tree).items():
        known = version.mode == "160000"
        text = version.blob[:3] if known else repo.git("cat-file", "blob", version.blob).partition("\n")[0]
        found[path] = f"{version.mode[-3:]} {text}"
    return found


CASES = {
    "content": ({"f": "0\n"}, {"f": "o\n"}, {"f": "t\n"}, {"f": "644 o"}, {"f": "644 t"}),
    "both add": ({}, {"f": "o\n"}, {"f": "t\n"}, {"f": "644 o"}, {"f": "644 t"}),
    "target deletes": ({"f": "0\n"}, {"f": None}, {"f": "t\n"}, {}, {"f": "644 t"}),
    "incoming deletes": ({"f": "0\n"}, {"f": "o\n"}, {"f": None}, {"f": "644 o"}, {}),
    "binary": ({"f": b"\0"}, {"f": b"\0o"}, {"f": b"\0t"}, {"f": "644 \0o"}, {"f": "644 \0t"}),
    "carriage returns": ({"f": "0\r\n"}, {"f": "o\r\n"}, {"f": "t\r\n"}, {"f": "644 o\r"}, {"f": "644 t\r"}),
    "link": ({"f": ("link", "0")}, {"f": ("link", "o")}, {"f": ("link", "t")}, {"f": "000 o"}, {"f": "000 t"}),
    "link or file": ({"f": "0\n"}, {"f": ("link", "o")}, {"f": "t\n"}, {"f": "000 o"}, {"f": "644 t"}),
    "mode": ({}, {"f": ("exec", "x\n")}, {"f": "x\n"}, {"f": "755 x"}, {"f": "644 x"}),
    "mode and content": ({"f": "0\n"}, {"f": ("exec", "o\n")}, {"f": "t\n"}, {"f": "755 o"}, {"f": "644 t"}),
    "folder against file": ({}, {"f/x": "o\n"}, {"f": "t\n"}, {"f/x": "644 o"}, {"f": "644 t"}),
    "file against folder": ({"f": "0\n"}, {"f": "o\n"}, {"f": None, "f/x": "t\n"}, {"f": "644 o"}, {"f/x": "644 t"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_ours_and_theirs_take_the_version_of_one_side(repo: GitRepo, case: str):
    base, ours, theirs, target, incoming = CASES[case]
    sides = made(repo, {"other": "x\n", **base}, {**ours, "mine": "x\n"}, {**theirs, "yours": "x\n"})
    rest = dict.fromkeys(("mine", "other", "yours"), "644 x")

    for word, expected in (("ours", target), ("theirs", incoming)):
        found = settled(sides, word)

        assert found.left == ()
        assert shape(sides, found.tree) == rest | expected
        assert "f" in found.settled


def test_without_a_word_a_clash_stays(repo: GitRepo):
    sides = made(repo, {"a": "0", "b": "0"}, {"a": "o", "b": "o"}, {"a": "t", "b": "t"})

    found = settled(sides, "ours", only="a")

    assert [clash.path for clash in found.left] == ["b"]
    assert found.settled == ("a",)
    assert found.edits.keys() == {"a"}


@pytest.mark.parametrize("path", HOSTILE)
def test_names_are_only_names(repo: GitRepo, path: str):
    sides = made(repo, {path: "0\n"}, {path: "o\n"}, {path: "t\n"})

    assert shape(sides, settled(sides, "theirs").tree) == {path: "644 t"}
    union = settled(sides, "union")
    assert repo.git("show", f"{union.tree}:{path}") == "o\nt"


def test_a_name_that_is_no_text_is_a_name_too(repo: GitRepo):
    path = os.fsdecode(b"\xff\xfe")
    sides = made(repo, {path: "0\n"}, {path: "o\n"}, {path: "t\n"})

    assert shape(sides, settled(sides, "theirs").tree) == {path: "644 t"}


LINES = "".join(f"line {n}\n" for n in range(20))


def test_an_edit_on_one_side_of_a_renamed_file_is_its_version(repo: GitRepo):
    sides = made(
        repo,
        {"old": LINES},
        {"old": None, "new": LINES.replace("line 3\n", "ours\n")},
        {"old": LINES.replace("line 3\n", "theirs\n")},
    )

    for word, text in (("ours", "ours"), ("theirs", "theirs")):
        found = settled(sides, word)
        assert found.left == ()
        assert files_of(repo.path, found.tree).keys() == {"new"}
        assert text in repo.git("show", f"{found.tree}:new")


def test_a_file_that_both_renamed_keeps_the_name_of_one(repo: GitRepo):
    sides = made(
        repo,
        {"old": LINES},
        {"old": None, "ours": LINES.replace("line 3\n", "o\n")},
        {"old": None, "theirs": LINES.replace("line 3\n", "t\n")},
    )

    for word in ("ours", "theirs"):
        found = settled(sides, word)
        assert found.left == ()
        assert files_of(repo.path, found.tree).keys() == {word}
        assert f"\n{word[0]}\n" in repo.git("show", f"{found.tree}:{word}")
        assert "<<<<" not in repo.git("show", f"{found.tree}:{word}")


def test_a_new_file_in_a_folder_that_the_other_side_renamed_is_not_lost(repo: GitRepo):
    base = {f"old/{n}": f"{n}{LINES}" for n in range(3)}
    moved = {path: None for path in base} | {path.replace("old", "new"): text for path, text in base.items()}
    sides = made(repo, base, moved, {"old/more": "x\n"})

    assert "new/more" in files_of(repo.path, settled(sides, "ours").tree)
    assert "old/more" in files_of(repo.path, settled(sides, "theirs").tree)


def test_where_it_came_from_may_be_taken(repo: GitRepo):
    sides = made(repo, {"d/x": LINES}, {"d/y": "y\n"}, {"d/x": None, "d": LINES})

    found = settled(sides, "ours")

    assert found.left == ()
    assert files_of(repo.path, found.tree).keys() == {"d", "y"}


def test_both_sides_moving_a_submodule_is_settled_by_its_commit(repo: GitRepo, tmp_path: Path):
    library = GitRepo.init(tmp_path / "library")
    versions = [library.commit("lib.txt", "0")]
    for n in "12":
        library.git("checkout", "--quiet", "--detach", versions[0])
        versions.append(library.commit("lib.txt", n))
    tips = []
    for n, version in enumerate(versions):
        repo.git("update-index", "--add", "--cacheinfo", f"160000,{version},sub")
        tips.append(repo.commit_staged(f"sub at {n}"))
        repo.git("reset", "--quiet", "--soft", tips[0])
    sides = Sides(worktree=repo.path, onto=tips[1], head=tips[2])

    for word, version in (("ours", versions[1]), ("theirs", versions[2])):
        assert files_of(repo.path, settled(sides, word).tree)["sub"] == Version(mode="160000", blob=version)
    assert [clash.path for clash in settled(sides, "union").left] == ["sub"]


@pytest.mark.parametrize("case", ["target deletes", "incoming deletes", "binary", "link", "link or file", "mode"])
def test_union_leaves_what_has_no_lines_on_both_sides(repo: GitRepo, case: str):
    base, ours, theirs, _, _ = CASES[case]
    sides = made(repo, {"other": "x\n", **base}, ours, theirs)

    assert [clash.path for clash in settled(sides, "union").left] == ["f"]


def test_union_keeps_what_one_side_did_to_the_mode(repo: GitRepo):
    sides = made(repo, {"f": "0\n"}, {"f": "o\n"}, {"f": ("exec", "t\n")})

    found = settled(sides, "union")

    assert files_of(repo.path, found.tree)["f"].mode == "100755"
    assert repo.git("show", f"{found.tree}:f") == "o\nt"


def test_a_file_takes_the_place_of_a_folder_only_where_the_same_is_said_of_both(repo: GitRepo):
    sides = made(repo, {"other": "x"}, {"f/x": "o\n"}, {"f": "t\n"})
    joined = join(sides.worktree, sides.onto, sides.head)

    found = settle(sides, joined, lambda path: "theirs" if path == "f" else None)

    assert [clash.path for clash in found.left] == ["f"]


def test_what_is_restored_is_as_the_target_has_it_clash_or_not(repo: GitRepo):
    sides = made(repo, {"a": "0", "b": "0", "c": "0"}, {"a": "o", "c": None}, {"a": "t", "b": "t", "new": "t"})

    found = settled(sides, None, restore=("a", "b", "new"))

    assert found.left == ()
    assert shape(sides, found.tree) == {"a": "644 o", "b": "644 0"}


# ------------------------------------------------------------------------------------------------- any two branches

PATHS = ["a", "b", "d", "d/x", "d/y", "e/x y", "e/ü"]
CONTENT = st.sampled_from(["1\n2\n3\n4\n5\n", "1\nx\n3\n4\n5\n", "1\n2\n3\n4\ny\n", "\0", "", LINES, "z\r\n"])
FILE = st.tuples(st.sampled_from(["100644", "100644", "100755", "120000"]), CONTENT)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, tuple[str, str]]:
    files = draw(st.dictionaries(st.sampled_from(PATHS), FILE, max_size=5))
    if any(path.startswith("d/") for path in files):
        files.pop("d", None)
    return files


def imported(repo: GitRepo, versions: list[dict[str, tuple[str, str]]]) -> list[Oid]:
    """Commits a base and two branches from it, in one process."""
    out = []
    for mark, files in enumerate(versions, 1):
        out.append(f"commit refs/heads/v{mark}\nmark :{mark}\ncommitter a <a> 1 +0000\ndata 1\nx\n")
        out.append("from :1\ndeleteall\n" if mark > 1 else "")
        for path, (mode, content) in files.items():
            out.append(f'M {mode} inline "{path}"\ndata {len(content.encode())}\n{content}\n')
        out.append("\n")
    stream = "".join(out).encode()
    subprocess.run(("git", "fast-import", "--force", "--quiet"), cwd=repo.path, input=stream, check=True)
    return [repo.oid(f"v{mark}") for mark in range(1, len(versions) + 1)]


@given(base=trees(), ours=trees(), theirs=trees())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_with_ours_or_theirs_for_all_any_two_branches_join(repo: GitRepo, base, ours, theirs):
    _, onto, head = imported(repo, [base, ours, theirs])
    sides = Sides(worktree=repo.path, onto=onto, head=head)
    joined = join(repo.path, onto, head)
    assert joined is not None
    merged = files_of(repo.path, joined.tree)
    touched = {place for clash in joined.clashes for place in (clash.path, *clash.places, clash.moved_from or "")}
    moved = {place for clash in joined.clashes for place in (clash.path, clash.moved_from) if clash.moved_from}

    for word, versions in (("ours", sides.ours), ("theirs", sides.theirs)):
        found = settle(sides, joined, lambda _, word=word: word)
        files = files_of(repo.path, found.tree)

        assert found.left == ()
        for path in merged.keys() | files.keys():
            over_or_under = any(path.startswith(f"{one}/") for one in touched)
            if path in touched:
                of_one = (sides.ours | sides.theirs if path in moved else versions).values()
                assert files.get(path) in {*of_one, None}, "what is settled is a version of that side, or gone"
            elif not over_or_under:
                assert files.get(path) == merged.get(path), "the rest is what git gives"
