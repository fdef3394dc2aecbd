"""A run in one file: what packing and unpacking cost, and what is not taken from a file that anybody may have made."""

import gzip
import tarfile

import pytest

from prodigy_tui.storage import archive as room
from prodigy_tui.storage.archive import NoArchive, unpack_archive, write_archive
from prodigy_tui.storage.paths import RunFolder


class Watched(tarfile.TarFile):
    """Tells how many headers were kept at most."""

    most = 0

    def __setattr__(self, name, value):
        if name == "members":
            Watched.most = max(Watched.most, len(getattr(self, "members", ())))
        super().__setattr__(name, value)

    def close(self):
        Watched.most = max(Watched.most, len(self.members))
        super().close()


@pytest.fixture
def most(monkeypatch):
    monkeypatch.setattr(Watched, "most", 0)
    monkeypatch.setattr(room.tarfile, "open", Watched.open)
    return lambda: Watched.most


def a_run(folder, files):
    run = RunFolder(folder / "r")
    (run.path / "output").mkdir(parents=True)
    run.events.write_text("{}\n")
    for number in range(files):
        (run.path / "output" / f"{number}.log").write_text(str(number))
    return run


def test_of_the_files_that_are_packed_and_unpacked_no_header_is_kept(tmp_path, most):
    run = a_run(tmp_path, 40)

    write_archive(run, tmp_path / "r.tgz")
    (tmp_path / "into").mkdir()
    found = unpack_archive(tmp_path / "r.tgz", tmp_path / "into")

    assert sorted(found.path.rglob("*.log")) == sorted(found.path / "output" / f"{n}.log" for n in range(40))
    assert (found.path / "output/39.log").read_text() == "39"
    assert most() <= 1


def test_headers_for_all_that_follows_are_forgotten_too(tmp_path, monkeypatch):
    file = tmp_path / "r.tgz"
    with tarfile.open(file, "w:gz", format=tarfile.PAX_FORMAT, pax_headers={"comment": "x" * 1000}) as packed:
        packed.addfile(tarfile.TarInfo("r/events.jsonl"))
    opened = []
    monkeypatch.setattr(
        room.tarfile, "open", lambda *args, **options: opened.append(Watched.open(*args, **options)) or opened[0]
    )

    unpack_archive(file, tmp_path)

    assert dict(opened[0].pax_headers) == {}


@pytest.mark.parametrize("names", [("r/a", "r/a"), ("r/a", "r/a/b"), ("r/a", "r/a/b/c")])
def test_a_name_that_is_there_twice_is_the_fault_of_the_file_and_not_of_the_disk(tmp_path, names):
    with tarfile.open(tmp_path / "r.tgz", "w:gz") as packed:
        for name in names:
            packed.addfile(tarfile.TarInfo(name))

    with pytest.raises(NoArchive, match="is in it twice"):
        unpack_archive(tmp_path / "r.tgz", tmp_path)


def test_headers_about_headers_without_end_are_refused(tmp_path):
    about = tarfile.TarInfo("././@LongLink")
    about.type, about.size = tarfile.GNUTYPE_LONGNAME, 4
    header = about.tobuf(tarfile.GNU_FORMAT) + b"r/a".ljust(tarfile.BLOCKSIZE, b"\0")
    with gzip.open(tmp_path / "r.tgz", "wb") as packed:
        packed.write(header * 5000)

    with pytest.raises(NoArchive, match="without end"):
        unpack_archive(tmp_path / "r.tgz", tmp_path)
