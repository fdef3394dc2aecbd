"""Files put into a worktree: from where they lie, to where they belong, never anywhere else (language 13.10)."""

import os
from pathlib import Path

import pytest

from prodigy_tui.engine.worktrees import filling as module
from prodigy_tui.engine.worktrees.filling import Filling
from prodigy_tui.engine.worktrees.worktree_paths import PathEscapes
from tests.support.rules import rule


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return made(tmp_path / "run")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return made(tmp_path / "checkout")


@pytest.fixture
def slot(tmp_path: Path) -> Path:
    return made(tmp_path / "slot")


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def write(root: Path, path: str, text: str = "x") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def filling(slot: Path, *sources: Path, tracked: tuple[str, ...] = ()) -> Filling:
    return Filling(worktree=slot, sources=sources, is_tracked=lambda path: path in tracked)


def below(folder: Path) -> set[str]:
    found = (file for file in folder.rglob("*") if file.is_symlink() or not file.is_dir())
    return {str(file.relative_to(folder)) for file in found}


@rule("13.10 runs: sources")
def test_the_runs_worktree_comes_before_the_checkout(run, checkout, slot):
    write(run, ".env", "of the run")
    write(checkout, ".env", "of the checkout")
    write(checkout, "only/here", "x")
    one = filling(slot, run, checkout)

    assert one.copy(".env")
    assert one.copy("only")
    assert not one.copy("nowhere")
    assert (slot / ".env").read_text() == "of the run"
    assert one.made == {".env", "only/here"}


@rule("13.10 runs: copy")
def test_a_folder_is_copied_with_all_in_it(checkout, slot, tmp_path):
    tool = write(checkout, "v/bin/tool", "#!/bin/sh\n")
    tool.chmod(0o755)
    os.utime(tool, (1_000_000, 1_000_000))
    write(checkout, "v/-rf\nü", "odd")
    (checkout / "v/python").symlink_to("/usr/bin/python3")
    (checkout / "v/loop").symlink_to(checkout / "v")
    (checkout / "v/dangling").symlink_to("nowhere")
    write(checkout, "v/sub/.git/config", "x")
    os.mkfifo(checkout / "v/pipe")
    one = filling(slot, checkout)

    one.copy("v")

    assert below(slot / "v") == {"bin/tool", "-rf\nü", "python", "loop", "dangling"}
    assert (slot / "v/bin/tool").stat().st_mode & 0o777 == 0o755
    assert (slot / "v/bin/tool").stat().st_mtime == 1_000_000
    assert (slot / "v/python").readlink() == Path("/usr/bin/python3")
    assert (slot / "v/loop").is_symlink()
    write(slot, "v/bin/tool", "changed")
    assert tool.read_text() == "#!/bin/sh\n"


@rule("13.10 runs: tracked")
def test_what_is_there_is_never_overwritten(checkout, slot):
    write(checkout, "a/one", "theirs")
    write(checkout, "a/two", "theirs")
    write(checkout, "a/left-out", "theirs")
    write(slot, "a/one", "mine")
    one = filling(slot, checkout, tracked=("a/left-out",))

    one.copy("a")
    one.link("a")

    assert (slot / "a/one").read_text() == "mine"
    assert below(slot) == {"a/one", "a/two"}
    assert one.made == {"a/two"}
    assert not (slot / "a").is_symlink()


@rule("13.10 runs: link")
def test_a_link_leads_to_the_source(checkout, slot):
    write(checkout, "node_modules/x", "x")
    one = filling(slot, checkout)

    one.link("node_modules")
    one.link("node_modules")

    assert (slot / "node_modules").resolve() == (checkout / "node_modules").resolve()
    assert one.made == {"node_modules"}


@rule("13.10 runs: escape")
def test_a_source_that_lies_elsewhere_is_refused(run, checkout, slot, tmp_path):
    write(tmp_path, "secret/key", "k")
    (checkout / "key").symlink_to(tmp_path / "secret/key")
    (checkout / "folder").symlink_to(tmp_path / "secret")
    write(checkout, ".git/config", "x")
    (checkout / "config").symlink_to(checkout / ".git/config")
    for path in ("key", "folder", "folder/key", "config"):
        for put in (filling(slot, run, checkout).copy, filling(slot, run, checkout).link):
            with pytest.raises(PathEscapes):
                put(path)
    assert below(slot) == set()


@rule("13.10 runs: sources")
def test_a_source_that_is_a_link_from_one_root_into_the_other_is_one(run, checkout, slot):
    write(checkout, "node_modules/x", "x")
    (run / "node_modules").symlink_to(checkout / "node_modules")
    one = filling(slot, run, checkout)
    assert one.link("node_modules")
    assert (slot / "node_modules/x").read_text() == "x"


@rule("13.10 runs: escape")
@pytest.mark.parametrize("way", ["copy", "link", "entry"])
def test_a_target_that_lies_elsewhere_is_refused(checkout, slot, tmp_path, way):
    outside = made(tmp_path / "outside")
    write(checkout, "kept/bin/tool", "x")
    (slot / "kept").mkdir()
    (slot / "kept/bin").symlink_to(outside)
    one = filling(slot, checkout)

    with pytest.raises(PathEscapes):
        {
            "copy": lambda: one.copy("kept/bin/tool"),
            "link": lambda: one.link("kept/bin/tool"),
            "entry": lambda: one.copy_entry(checkout, "kept/bin/tool"),
        }[way]()

    assert below(outside) == set()


@rule("13.10 runs: escape")
def test_a_folder_below_a_link_is_refused_while_it_is_copied(checkout, slot, tmp_path):
    outside = made(tmp_path / "outside")
    write(checkout, "kept/bin/tool", "x")
    (slot / "kept").symlink_to(outside)
    with pytest.raises(PathEscapes):
        filling(slot, checkout).copy("kept")
    assert below(outside) == set()


@rule("13.10 runs: escape")
@pytest.mark.parametrize("path", [".git/config", "a/.GIT/x", ".git"])
def test_nothing_is_put_into_git(checkout, slot, path):
    write(checkout, "x")
    with pytest.raises(PathEscapes):
        filling(slot, checkout)._target(path)


def test_an_entry_behind_a_link_is_passed_over(checkout, slot, tmp_path):
    write(tmp_path, "elsewhere/file", "x")
    (checkout / "link").symlink_to(tmp_path / "elsewhere")
    one = filling(slot, checkout)
    one.copy_entry(checkout, "link/file")
    one.copy_entry(checkout, "gone/meanwhile")
    assert below(slot) == set()


@rule("13.10 runs: copy-on-write")
def test_blocks_are_shared_where_the_file_system_can(checkout, slot, monkeypatch):
    asked = []

    def clone(target: int, request: int, source: int) -> int:
        asked.append(request)
        os.write(target, os.pread(source, 1000, 0))
        return 0

    monkeypatch.setattr(module.fcntl, "ioctl", clone)
    write(checkout, "a/one", "1")
    write(checkout, "a/two", "2")
    filling(slot, checkout).copy("a")

    assert len(asked) == 2
    assert (slot / "a/two").read_text() == "2"


@rule("13.10 runs: copy-on-write")
def test_and_asked_for_once_where_it_cannot(checkout, slot, monkeypatch):
    asked = []

    def refuse(*arguments: int) -> int:
        asked.append(arguments)
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(module.fcntl, "ioctl", refuse)
    write(checkout, "a/one", "1")
    write(checkout, "a/two", "2")
    filling(slot, checkout).copy("a")

    assert len(asked) == 1
    assert (slot / "a/one").read_text() == "1"
