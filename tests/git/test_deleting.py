import os
from pathlib import Path

from prodigy_tui.git.deleting import delete_tree


def test_folder_of_any_depth_is_deleted(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    here = os.open(top, os.O_DIRECTORY)
    for _ in range(3_000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("file", os.O_CREAT, dir_fd=here))
    os.close(here)

    delete_tree(top)

    assert list(tmp_path.iterdir()) == []


def test_folders_without_the_right_to_write_are_deleted_and_links_are_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("kept")
    inner = tmp_path / "top/a/b/c"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    (inner / "link").symlink_to(kept)
    (tmp_path / "top/link").symlink_to(kept)
    for folder in (inner, inner.parent, inner.parent.parent):
        folder.chmod(0o500)

    delete_tree(tmp_path / "top")

    assert [file.name for file in tmp_path.iterdir()] == ["kept"]
    assert (kept / "file").read_text() == "kept"


def test_nothing_there_is_fine(tmp_path: Path) -> None:
    delete_tree(tmp_path / "nothing")
