"""A conflict that is handed to somebody in a worktree, and what counts as its solution (language 16.4)."""

import os
from pathlib import Path

import pytest

from prodigy_tui.git.conflict_worktree import NotSolved, Unsolved, leave_conflict, solution
from prodigy_tui.git.merge import join
from prodigy_tui.git.run import GitFailed
from prodigy_tui.git.settling import Sides, files_of, settle
from prodigy_tui.ids import Oid
from tests.support.gitrepo import GitRepo

TEXT = "one\ntwo\nthree\n"


class Case:
    """Two branches that clash, and a worktree that stands at the target."""

    def __init__(self, folder: Path, base: dict, ours: dict, theirs: dict) -> None:
        self.repo = GitRepo.init(folder / "repo")
        self._put(base, "base")
        self.repo.branch("incoming")
        self.head = self._put(theirs, "theirs")
        self.repo.checkout("main")
        self.onto = self._put(ours, "ours")
        self.repo.git("worktree", "add", "--quiet", "--detach", str(folder / "there"))
        self.there = GitRepo(folder / "there")

    def _put(self, files: dict, message: str) -> Oid:
        for path, content in files.items():
            if content is None:
                (self.repo.path / path).unlink()
            else:
                self.repo.write(path, content)
        self.repo.git("add", "--all")
        return self.repo.commit_staged(message)

    def left(self, word: str | None = None, only: str = "") -> Unsolved:
        """Leaves the conflict; a word settles what begins with `only` first."""
        joined = join(self.repo.path, self.onto, self.head)
        sides = Sides(worktree=self.repo.path, onto=self.onto, head=self.head)
        found = settle(sides, joined, lambda path: word if path.startswith(only) else None)
        return leave_conflict(self.there.path, self.onto, self.head, found.edits)

    def files(self, tree: str) -> dict[str, str]:
        return {path: self.repo.git("show", f"{tree}:{path}") for path in files_of(self.repo.path, tree)}


@pytest.fixture
def case(tmp_path: Path) -> Case:
    base = {"-f ü.txt": TEXT, "kept.txt": "x\n"}
    return Case(tmp_path, base, {"-f ü.txt": "ours\n"}, {"-f ü.txt": "theirs\n", "new.txt": "n\n"})


FILE = "-f ü.txt"


def test_the_conflict_is_a_merge_that_git_left_unfinished(case: Case):
    unsolved = case.left()

    assert set(unsolved.unmerged) == {FILE}
    assert (case.there.path / FILE).read_text().startswith("<<<<<<< HEAD\nours\n")
    assert case.there.git("rev-parse", "MERGE_HEAD") == case.head
    assert case.there.head == case.onto


def test_files_that_are_edited_and_left_there_are_the_solution(case: Case):
    unsolved = case.left()
    case.there.write(FILE, "both\n")
    case.there.write("note.txt", "extra\n")

    assert case.files(solution(unsolved)) == {FILE: "both", "kept.txt": "x", "new.txt": "n", "note.txt": "extra"}


def test_a_merge_that_was_committed_is_the_solution_with_what_came_after(case: Case):
    unsolved = case.left()
    case.there.write(FILE, "both\n")
    case.there.git("add", "--all")
    case.there.git("commit", "--quiet", "-m", "merged")
    case.there.commit("later.txt", "l\n")
    case.there.write("kept.txt", "not committed\n")

    found = case.files(solution(unsolved))

    assert found == {FILE: "both", "kept.txt": "not committed", "new.txt": "n", "later.txt": "l"}


def test_a_merge_that_was_done_again_counts_as_well(case: Case):
    unsolved = case.left()
    case.there.git("merge", "--abort")
    case.there.git("merge", "--quiet", "-X", "theirs", "-m", "again", case.head)

    assert case.files(solution(unsolved))[FILE] == "theirs"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> x\n", "markers"),
        ("ours\n>>>>>>> x\n", "markers"),
        ("ours\n=======\ntheirs\n", "markers"),
        ("ours\r\n=======\r\ntheirs\r\n", "markers"),
        ("||||||| base\nours\n", "markers"),
    ],
)
def test_markers_are_no_solution_even_when_they_are_committed(case: Case, text: str, why: str):
    unsolved = case.left()
    case.there.write(FILE, text)
    case.there.git("add", "--all")
    case.there.git("commit", "--quiet", "-m", "merged")

    with pytest.raises(NotSolved, match=why):
        solution(unsolved)


def test_markers_in_another_file_that_was_written_are_seen(case: Case):
    unsolved = case.left()
    (case.there.path / FILE).rename(case.there.path / "moved.txt")

    with pytest.raises(NotSolved, match=r"moved\.txt"):
        solution(unsolved)


def test_lines_like_markers_that_a_side_has_written_are_no_markers(tmp_path: Path):
    heading, quoted = "Title\n=======\n", "<<<<<<< an example\n=======\n>>>>>>> of git\n"
    case = Case(tmp_path, {"f": TEXT, "g": "0"}, {"f": heading, "g": "1"}, {"f": quoted, "g": "2"})
    unsolved = case.left()
    case.there.write("f", heading + quoted)
    case.there.write("g", "3")

    assert case.files(solution(unsolved))["f"] == (heading + quoted).rstrip("\n")


def test_nothing_done_is_no_solution_even_where_there_are_no_markers(tmp_path: Path):
    case = Case(tmp_path, {"f": TEXT, "b": b"\0"}, {"f": None, "b": b"\0o"}, {"f": "theirs\n", "b": b"\0t"})
    unsolved = case.left()

    with pytest.raises(NotSolved, match="b, f are still unmerged"):
        solution(unsolved)

    case.there.git("add", "f")
    with pytest.raises(NotSolved, match="b is still unmerged"):
        solution(unsolved)

    case.there.write("b", b"\0both")
    assert set(case.files(solution(unsolved))) == {"f", "b"}


def test_a_file_may_be_deleted_to_solve_it(tmp_path: Path):
    case = Case(tmp_path, {"f": TEXT, "g": "g\n"}, {"f": None}, {"f": "theirs\n"})
    unsolved = case.left()
    (case.there.path / "f").unlink()

    assert case.files(solution(unsolved)) == {"g": "g"}


def test_a_merge_that_was_given_up_is_no_solution(case: Case):
    unsolved = case.left()
    case.there.git("merge", "--abort")

    with pytest.raises(NotSolved, match="does not contain the incoming side"):
        solution(unsolved)

    case.there.git("checkout", "--quiet", "--detach", case.head)
    with pytest.raises(NotSolved, match="does not contain the target"):
        solution(unsolved)


def test_another_operation_left_unfinished_is_no_solution(case: Case):
    unsolved = case.left()
    case.there.git("merge", "--abort")
    case.there.git("cherry-pick", case.head, ok=(1,))

    with pytest.raises(NotSolved, match="cherry-pick"):
        solution(unsolved)


def test_what_policies_have_settled_is_no_conflict_any_more(tmp_path: Path):
    files = {"a/x": "0\n", "b": "0\n", "a/gone": "0\n", "a/d": "0\n"}
    ours, theirs = {"a/x": "o\n", "b": "o\n", "a/gone": "o\n"}, {"a/x": "t\n", "b": "t\n", "a/gone": None}
    case = Case(tmp_path, files, {**ours, "a/d": "o\n"}, {**theirs, "a/d": None, "a/d/k": "t\n"})
    unsolved = case.left("theirs", "a/")

    assert set(unsolved.unmerged) == {"b"}
    assert case.there.git("status", "--porcelain", "b") == "UU b"
    assert sorted(str(file.relative_to(case.there.path)) for file in (case.there.path / "a").rglob("*")) == [
        "a/d",
        "a/d/k",
        "a/x",
    ]
    case.there.write("b", "both\n")
    assert case.files(solution(unsolved)) == {"a/x": "t", "a/d/k": "t", "b": "both"}


def test_settings_of_the_user_do_not_solve_it_by_themselves(case: Case):
    case.repo.git("config", "rerere.enabled", "true")
    case.repo.git("config", "rerere.autoUpdate", "true")
    case.repo.git("config", "merge.conflictStyle", "diff3")
    case.repo.git("config", "merge.ff", "only")
    case.there.git("merge", "--quiet", "--no-ff", case.head, ok=(1,))
    case.there.write(FILE, "remembered\n")
    case.there.git("commit", "--quiet", "-a", "-m", "merged")
    case.there.git("reset", "--quiet", "--hard", case.onto)

    unsolved = case.left()

    assert "<<<<<<<" in (case.there.path / FILE).read_text()
    assert set(unsolved.unmerged) == {FILE}


def test_a_worktree_that_has_become_another_repository_is_no_solution(case: Case, tmp_path: Path):
    unsolved = case.left()
    (case.there.path / ".git").unlink()
    GitRepo.init(case.there.path)
    case.there.git("add", "--all")
    case.there.commit_staged("mine")

    with pytest.raises(NotSolved, match="no longer one of the repository"):
        solution(unsolved)


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(case: Case):
    unsolved = case.left()
    (case.there.path / FILE).unlink()
    os.mkfifo(case.there.path / FILE)

    with pytest.raises(GitFailed, match="unsupported file type"):
        solution(unsolved)


def test_of_a_file_that_both_renamed_one_name_can_be_kept_without_git(tmp_path: Path):
    lines = "".join(f"line {n}\n" for n in range(20))
    ours = {"old": None, "ours": lines.replace("line 3\n", "o\n")}
    case = Case(tmp_path, {"old": lines}, ours, {"old": None, "theirs": lines.replace("line 3\n", "t\n")})
    unsolved = case.left()
    (case.there.path / "theirs").unlink()
    case.there.write("ours", lines)

    assert case.files(solution(unsolved)) == {"ours": lines.rstrip("\n")}
