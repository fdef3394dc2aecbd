"""What is not plain is left to git's own checkout: whatever the reset then finds, the worktree is as it has to be."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from prodigy_tui.git.worktrees import Worktrees
from prodigy_tui.ids import Oid
from prodigy_tui.started import COMMANDS
from tests.git.reset_facts import checkouts_of_reset, commit_of, long_ago, picture
from tests.git.worktree_facts import RUN, admin_of, branch_of, settled
from tests.support.gitrepo import GitRepo

PLAIN = {"a.txt": (b"newer\n", False), "new/b": (b"x\n", True)}


def assert_left_to_git(user: GitRepo, trees: Worktrees, slot: GitRepo, base: Oid) -> None:
    assert checkouts_of_reset(user, trees, slot, branch_of("y"), base)[:1] == ["checkout"]
    assert slot.git("status", "--porcelain", "--ignored") == ""
    assert slot.git("write-tree") == user.git("rev-parse", f"{base}^{{tree}}")
    assert slot.git("symbolic-ref", "HEAD") == f"refs/heads/{branch_of('y')}"


def test_without_anything_unusual_it_is_not(user: GitRepo, trees: Worktrees, slot: GitRepo):
    base = commit_of(user, PLAIN)
    long_ago(user)

    assert checkouts_of_reset(user, trees, slot, branch_of("y"), base) == []


SETTINGS = [
    ("core.autocrlf", "true"),
    ("core.autocrlf", "input"),
    ("core.eol", "crlf"),
    ("core.symlinks", "false"),
    ("core.fileMode", "false"),
    ("core.ignoreCase", "true"),
    ("core.checkStat", "minimal"),
    ("core.trustctime", "false"),
    ("core.logAllRefUpdates", "false"),
    ("core.sharedRepository", "group"),
    ("core.precomposeUnicode", "true"),
    ("core.sparseCheckout", "true"),
    ("core.somethingNew", "1"),
    ("extensions.partialClone", "origin"),
    ("remote.origin.promisor", "true"),
    ("attr.tree", "HEAD"),
]


@pytest.mark.parametrize(("key", "value"), SETTINGS)
def test_settings_that_change_what_is_checked_out(user: GitRepo, trees: Worktrees, slot: GitRepo, key: str, value: str):
    base = commit_of(user, PLAIN)
    assert checkouts_of_reset(user, trees, slot, branch_of("before"), user.head) == []
    if key.startswith("extensions."):
        user.git("config", "core.repositoryFormatVersion", "1")
        user.git("config", "remote.origin.url", os.fspath(user.path))
    user.git("config", key, value)
    long_ago(user)

    assert checkouts_of_reset(user, trees, slot, branch_of("y"), base)[:1] == ["checkout"]
    user.git("config", "--unset", key)
    long_ago(user)
    assert checkouts_of_reset(user, trees, slot, branch_of("z"), base) == []


def test_settings_that_hold_on_some_branches_only(user: GitRepo, trees: Worktrees, slot: GitRepo):
    user.git("config", "includeIf.onbranch:prodigy/**.path", "elsewhere")
    long_ago(user)

    assert_left_to_git(user, trees, slot, commit_of(user, PLAIN))


def test_settings_are_asked_for_once(user: GitRepo, trees: Worktrees, slot: GitRepo):
    long_ago(user)
    before = COMMANDS.begin((), user.path).number
    for number in range(4):
        base = commit_of(user, {"a.txt": (b"%d\n" % number, False)})
        assert checkouts_of_reset(user, trees, slot, branch_of("y", number), base) == []

    assert sum("config" in one.argv for one in COMMANDS.all() if one.number > before) == 1


def info_attributes(user: GitRepo) -> None:
    user.write(".git/info/attributes", "*.txt ident\n")


def attributes_of_the_user(user: GitRepo) -> None:
    user.git("config", "core.attributesFile", os.fspath(user.write(".git/mine", "*.txt filter=x\n")))


def attributes_that_only_git_finds(user: GitRepo) -> None:
    user.git("config", "core.attributesFile", "mine")


@pytest.mark.parametrize(
    "made", [info_attributes, attributes_of_the_user, attributes_that_only_git_finds], ids=lambda act: act.__name__
)
def test_attributes_of_the_repository(user: GitRepo, trees: Worktrees, slot: GitRepo, made: Callable[[GitRepo], None]):
    made(user)
    long_ago(user)

    assert_left_to_git(user, trees, slot, commit_of(user, PLAIN))


@pytest.mark.parametrize(
    "attributes", ["*.txt ident", "*.txt filter=x", "*.txt eol=crlf", "*.txt working-tree-encoding=UTF-16"]
)
def test_attributes_that_change_content(user: GitRepo, trees: Worktrees, slot: GitRepo, attributes: str):
    kept = {"deep/er/.gitattributes": (f"{attributes}\n".encode(), False)}
    trees.reset(slot.path, branch_of("x", 2), commit_of(user, kept))
    long_ago(user)

    assert_left_to_git(user, trees, slot, commit_of(user, {**kept, **PLAIN}))


def test_attributes_that_change_no_content_are_no_obstacle(user: GitRepo, trees: Worktrees, slot: GitRepo):
    kept = {".gitattributes": (b"* text=auto\n*.sh text eol=lf\n*.png binary\n*.lock merge=union -diff\n", False)}
    trees.reset(slot.path, branch_of("x", 2), commit_of(user, kept))
    long_ago(user)

    base = commit_of(user, {**kept, **PLAIN})
    assert checkouts_of_reset(user, trees, slot, branch_of("y"), base) == []


@pytest.mark.parametrize("name", [".gitattributes", "new/.gitattributes"])
def test_a_step_that_brings_attributes_or_takes_them_away(user: GitRepo, trees: Worktrees, slot: GitRepo, name: str):
    long_ago(user)
    without = user.head
    assert_left_to_git(user, trees, slot, commit_of(user, {name: (b"* -text\n", False), **PLAIN}))
    assert checkouts_of_reset(user, trees, slot, branch_of("z"), without)[:1] == ["checkout"]


def tree_of(user: GitRepo, *lines: str) -> Oid:
    """Makes a commit of a tree that is put together by hand."""
    made = subprocess.run(
        ("git", "mktree", "--missing"), cwd=user.path, input="".join(f"{line}\n" for line in lines), text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    return Oid(user.git("commit-tree", "-m", "x", made.stdout.strip()))


def blob_of(user: GitRepo, content: str) -> str:
    return user.git("hash-object", "-w", os.fspath(user.write("content", content)))


def link(user: GitRepo) -> Oid:
    return tree_of(user, f"120000 blob {blob_of(user, 'nowhere')}\tlink")


def submodule(user: GitRepo) -> Oid:
    return tree_of(user, f"160000 commit {user.head}\tsub", f"100644 blob {blob_of(user, 'x')}\ta.txt")


def odd_name(user: GitRepo) -> Oid:
    return tree_of(user, f"100644 blob {blob_of(user, 'x')}\tback\\slash")


def odd_rights(user: GitRepo) -> Oid:
    return tree_of(user, f"100664 blob {blob_of(user, 'x')}\ta.txt")


def empty_folder(user: GitRepo) -> Oid:
    nothing = tree_of(user)
    return tree_of(user, f"040000 tree {user.git('rev-parse', f'{nothing}^{{tree}}')}\tempty",
                   f"100644 blob {blob_of(user, 'x')}\ta.txt")  # fmt: skip


def many_files(user: GitRepo) -> Oid:
    return commit_of(user, {f"many/{number}": (b"x", False) for number in range(65)})


def large_file(user: GitRepo) -> Oid:
    return commit_of(user, {"large": (os.urandom(1 << 20) * 5, False)})


def large_packed_file(user: GitRepo) -> Oid:
    user.git("branch", "kept", large_file(user))
    user.git("repack", "-adq")
    return user.oid("kept")


@pytest.mark.parametrize(
    "made", [link, submodule, odd_name, odd_rights, many_files, large_file, large_packed_file],
    ids=lambda act: act.__name__,
)  # fmt: skip
def test_steps_to_trees_that_are_not_plain(
    user: GitRepo, trees: Worktrees, slot: GitRepo, made: Callable[[GitRepo], Oid]
):
    base, before = made(user), user.head
    long_ago(user)

    assert checkouts_of_reset(user, trees, slot, branch_of("y"), base)[:1] == ["checkout"]
    found = picture(slot)
    assert (found["status"], found["untouched"]) == ("", "")
    assert found["tree"] == user.git("rev-parse", f"{base}^{{tree}}") or made is odd_rights
    assert trees.reset(slot.path, branch_of("z"), before)
    assert slot.git("status", "--porcelain", "--ignored") == ""


def test_an_empty_folder_of_a_tree(user: GitRepo, trees: Worktrees, slot: GitRepo):
    base = empty_folder(user)
    long_ago(user)

    assert checkouts_of_reset(user, trees, slot, branch_of("y"), base)[:1] == ["checkout"]


@pytest.mark.parametrize("name", [".git", ".GIT", "git~1", ".git ", "..", ".", "a\\b", "c:x"])
@pytest.mark.parametrize("way", ["file", "folder"])
def test_names_that_lead_elsewhere_are_never_written(
    user: GitRepo, trees: Worktrees, slot: GitRepo, tmp_path: Path, name: str, way: str
):
    blob, width = bytes.fromhex(blob_of(user, "evil")), 20
    inner = b"100644 HEAD\0" + blob
    made = write_tree(user, inner)
    entry = b"100644 " + name.encode() + b"\0" + blob if way == "file" else b"40000 " + name.encode() + b"\0" + made
    assert len(blob) == len(made) == width
    base = Oid(user.git("commit-tree", "-m", "x", write_tree(user, entry).hex()))
    long_ago(user)
    settled(user, slot)
    before = sorted(path for path in tmp_path.rglob("*") if ".git/" not in f"{path}/")

    admin = admin_of(user, slot)
    assert not trees._plain.reset(slot.path, admin, branch_of("y"), base)

    assert sorted(path for path in tmp_path.rglob("*") if ".git/" not in f"{path}/") == before
    assert slot.read("a.txt") == "one\ntwo\nthree\n"


def write_tree(user: GitRepo, content: bytes) -> bytes:
    """Writes a tree that git itself would refuse to make."""
    command = ("git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally")
    done = subprocess.run(command, cwd=user.path, input=content, capture_output=True, check=True)
    return bytes.fromhex(done.stdout.decode())


def unsorted_tree(user: GitRepo) -> bytes:
    blob = bytes.fromhex(blob_of(user, "x"))
    return b"100644 b\0" + blob + b"100644 a\0" + blob


def same_name_twice(user: GitRepo) -> bytes:
    blob = bytes.fromhex(blob_of(user, "x"))
    return b"100644 a\0" + blob + b"40000 a\0" + write_tree(user, b"100644 b\0" + blob)


def slash_in_a_name(user: GitRepo) -> bytes:
    return b"100644 ../x\0" + bytes.fromhex(blob_of(user, "x"))


def cut_short(user: GitRepo) -> bytes:
    return b"100644 a\0" + bytes.fromhex(blob_of(user, "x"))[:10]


@pytest.mark.parametrize(
    "made", [unsorted_tree, same_name_twice, slash_in_a_name, cut_short], ids=lambda act: act.__name__
)
def test_damaged_trees_change_nothing(user: GitRepo, trees: Worktrees, slot: GitRepo, made: Callable[[GitRepo], bytes]):
    base = Oid(user.git("commit-tree", "-m", "x", write_tree(user, made(user)).hex()))
    long_ago(user)
    settled(user, slot)

    assert not trees._plain.reset(slot.path, admin_of(user, slot), branch_of("y"), base)
    assert picture(slot)["untouched"] == ""


def untracked_file(user: GitRepo, slot: GitRepo) -> None:
    slot.write("left.txt", "x")


def changed_file(user: GitRepo, slot: GitRepo) -> None:
    slot.write("a.txt", "ONE\ntwo\nthree\n")


def untracked_where_the_base_has_a_file(user: GitRepo, slot: GitRepo) -> None:
    slot.write("new/b", "mine")


def link_in_place_of_a_folder(user: GitRepo, slot: GitRepo) -> None:
    (slot.path / "folder ü").rename(slot.path.parent / "aside")
    (slot.path / "folder ü").symlink_to(slot.path.parent / "aside")


def staged_change(user: GitRepo, slot: GitRepo) -> None:
    slot.write("a.txt", "staged")
    slot.git("add", "a.txt")


def branch_that_is_gone(user: GitRepo, slot: GitRepo) -> None:
    user.git("update-ref", "-d", slot.git("symbolic-ref", "HEAD"))


def old_merge(user: GitRepo, slot: GitRepo) -> None:
    (admin_of(user, slot) / "AUTO_MERGE").write_text(f"{user.head}\n")


def another_form_of_index(user: GitRepo, slot: GitRepo) -> None:
    slot.git("update-index", "--index-version", "4")


def split_index(user: GitRepo, slot: GitRepo) -> None:
    slot.git("update-index", "--split-index")


def links_for_refs(user: GitRepo, slot: GitRepo) -> None:
    user.git("config", "core.preferSymlinkRefs", "true")


@pytest.mark.parametrize("left", [split_index, links_for_refs], ids=lambda act: act.__name__)
def test_what_makes_a_worktree_that_git_resets_another_one(
    user: GitRepo, trees: Worktrees, slot: GitRepo, left: Callable[[GitRepo, GitRepo], None]
):
    left(user, slot)
    long_ago(user)
    settled(user, slot)

    assert not trees._plain.reset(slot.path, admin_of(user, slot), branch_of("y"), user.head)


def untracked_cache(user: GitRepo, slot: GitRepo) -> None:
    slot.git("update-index", "--force-untracked-cache")
    slot.git("status")


def another_sum(user: GitRepo, slot: GitRepo) -> None:
    index = admin_of(user, slot) / "index"
    index.write_bytes(index.read_bytes()[:-20] + bytes(20))


def replaced_object(user: GitRepo, slot: GitRepo) -> None:
    user.git("replace", user.oid("HEAD:a.txt"), blob_of(user, "another"))


def pack_one(user: GitRepo, ref: str, at: str) -> None:
    """Has git keep one ref together with others, of which there are none."""
    (user.path / ".git/packed-refs").write_text(f"# pack-refs with: peeled fully-peeled sorted \n{at} {ref}\n")


def packed_replaced_object(user: GitRepo, slot: GitRepo) -> None:
    pack_one(user, f"refs/replace/{user.oid('HEAD:a.txt')}", blob_of(user, "another"))


LEFT = [
    untracked_file,
    changed_file,
    untracked_where_the_base_has_a_file,
    link_in_place_of_a_folder,
    staged_change,
    branch_that_is_gone,
    old_merge,
    another_form_of_index,
    untracked_cache,
    another_sum,
    replaced_object,
    packed_replaced_object,
]


@pytest.mark.parametrize("left", LEFT, ids=lambda act: act.__name__)
def test_what_was_left_in_the_worktree_or_the_repository(
    user: GitRepo, trees: Worktrees, slot: GitRepo, left: Callable[[GitRepo, GitRepo], None]
):
    base = commit_of(user, PLAIN)
    slot.commit_staged("so that git notes its tree")
    left(user, slot)
    long_ago(user)

    assert_left_to_git(user, trees, slot, base)
    assert not (admin_of(user, slot) / "AUTO_MERGE").exists()


def loose(user: GitRepo) -> None:
    user.git("branch", branch_of("y"))


def packed(user: GitRepo) -> None:
    pack_one(user, f"refs/heads/{branch_of('y')}", user.head)


def packed_below(user: GitRepo) -> None:
    pack_one(user, f"refs/heads/{branch_of('y')}/below", user.head)


def packed_above(user: GitRepo) -> None:
    pack_one(user, f"refs/heads/prodigy/{RUN}", user.head)


def locked(user: GitRepo) -> None:
    lock = user.path / f".git/refs/heads/{branch_of('y')}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()


@pytest.mark.parametrize("made", [loose, packed], ids=lambda act: act.__name__)
def test_a_branch_that_is_there(user: GitRepo, trees: Worktrees, slot: GitRepo, made: Callable[[GitRepo], None]):
    made(user)
    long_ago(user)

    assert_left_to_git(user, trees, slot, commit_of(user, PLAIN))


@pytest.mark.parametrize("made", [packed_below, packed_above, locked], ids=lambda act: act.__name__)
def test_refs_in_the_way_of_a_branch_are_respected(
    user: GitRepo, trees: Worktrees, slot: GitRepo, made: Callable[[GitRepo], None]
):
    made(user)
    long_ago(user)
    settled(user, slot)

    assert not trees._plain.reset(slot.path, admin_of(user, slot), branch_of("y"), user.head)
    assert not (user.path / ".git/refs/heads" / branch_of("y")).exists()


def test_an_index_that_somebody_has_locked_is_respected(user: GitRepo, trees: Worktrees, slot: GitRepo):
    base = commit_of(user, PLAIN)
    long_ago(user)
    settled(user, slot)
    lock = admin_of(user, slot) / "index.lock"
    lock.touch()

    assert not trees._plain.reset(slot.path, admin_of(user, slot), branch_of("y"), base)
    assert lock.exists()
    assert slot.read("a.txt") == "one\ntwo\nthree\n"


def test_an_object_that_is_missing_or_damaged(user: GitRepo, trees: Worktrees, slot: GitRepo):
    base = commit_of(user, {"a.txt": (b"never to be packed", False)})
    blob = user.git("rev-parse", f"{base}:a.txt")
    long_ago(user)
    settled(user, slot)
    file = user.path / f".git/objects/{blob[:2]}/{blob[2:]}"
    whole = file.read_bytes()

    for damage in (whole[:-6], b"", None):
        file.unlink()
        if damage is not None:
            file.write_bytes(damage)
        assert not trees._plain.reset(slot.path, admin_of(user, slot), branch_of("y"), base)
        assert slot.read("a.txt") == "one\ntwo\nthree\n"
