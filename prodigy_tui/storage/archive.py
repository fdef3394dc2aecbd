"""A run in one file, to be looked at elsewhere: its log, what steps printed, its artifacts. No worktree, no lock.

What comes out of such a file may have been made by anybody: only plain files with plain names below one folder are
taken from it, and no more than a bound. Nothing of it is ever written through a link or over another file.
"""

import gzip
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.storage.paths import RunFolder
from prodigy_tui.storage.trouble import DiskTrouble, disk

_PARTS: Final = ("output", "artifacts")
_NAME = re.compile(r"[^/\0]{1,255}")
LARGEST: Final = 4 * 1024**3
"""Bytes that are unpacked from one archive at most."""
MOST: Final = 1_000_000
"""Files that are unpacked from one archive at most."""
_DEEPEST: Final = 32
"""Folders in one another; a run has a few, and making each takes a level of the stack."""
_HEADER: Final = 64 * 1024
_CHUNK: Final = 1024 * 1024
_COMPRESSION: Final = 6


class _Bounded(tarfile.TarInfo):
    """A header that does not make the library read a gigabyte of name into memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type not in (*tarfile.REGULAR_TYPES, tarfile.DIRTYPE) and self.size > _HEADER:
            raise tarfile.ReadError(f"a header of {self.size} bytes")
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]  # the only place to look
        return found


class NoArchive(ProdigyError):
    """A file is no archive of a run, or one that must not be unpacked."""


class FileExists(ProdigyError):
    """The file that is to be written is there already."""


class ArchiveUnwritable(DiskTrouble):
    """The file that was named cannot be written; the state folder has no part in that."""

    exit_code = ExitCode.USAGE

    def __init__(self, path: Path, action: str, reason: str, number: int = 0, needed: int = 0) -> None:
        super().__init__(path, action, reason, number, needed)
        self.hint = "make room on the disk, or name another file" if self.is_full else "name another file"


def write_archive(folder: RunFolder, file: Path, *, replace: bool = False) -> int:
    """Writes a run to one file, whole or not at all, and returns its size.

    Of a run that is under way it has what the log holds by now.

    Raises:
        FileExists: it would replace a file.
        ArchiveUnwritable: it cannot be written.
    """
    if os.path.lexists(file) and not replace:
        raise FileExists(f"file {str(file)!r} exists", hint="choose another name, or replace it with --force")
    part = file.with_name(f".{file.name}.{uuid4().hex[:8]}.part")
    try:
        with disk(file, "write", ArchiveUnwritable), part.open("xb") as opened:
            with gzip.GzipFile("", "wb", _COMPRESSION, opened, mtime=0) as packed:
                _pack(folder, packed)
            opened.flush()
            os.fsync(opened.fileno())
            part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def unpack_archive(file: Path, into: Path, *, largest: int = LARGEST, most: int = MOST) -> RunFolder:
    """Unpacks a run into an empty folder and returns where it is.

    Raises:
        NoArchive: it is none, or something in it has no place in a run.
        DiskTrouble: it cannot be unpacked.
    """
    room, files = largest, 0
    try:
        with disk(file, "read"), tarfile.open(file, "r|gz", tarinfo=_Bounded) as archive:
            while (member := archive.next()) is not None:
                _forget_headers(archive)
                files += 1
                if files > most:
                    raise _refused(file, f"it has more than {most} files")
                if member.isdir():
                    _target(file, into, member.name)
                    continue
                if not member.isreg():
                    raise _refused(file, f"{member.name!r} is no plain file")
                room -= member.size
                if room < 0:
                    raise _refused(file, f"it holds more than {largest} bytes")
                try:
                    _copy(archive, member, _target(file, into, member.name))
                except (FileExistsError, NotADirectoryError) as error:
                    raise _refused(file, f"{member.name!r} is in it twice") from error
    except RecursionError as error:  # the library reads headers about headers, one in the other
        raise _refused(file, "its headers are without end") from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise _refused(file, str(error) or "it ends in the midst") from error
    found = [path for path in into.iterdir() if (path / "events.jsonl").is_file()]
    if len(found) != 1:
        raise _refused(file, "it holds no run")
    return RunFolder(found[0])


def _pack(folder: RunFolder, packed: gzip.GzipFile) -> None:
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in (folder.events, *_files(folder)):
            try:
                with path.open("rb") as content:
                    _add(archive, f"{folder.run_id}/{path.relative_to(folder.path)}", content)
            except FileNotFoundError:
                continue  # taken away meanwhile by who drives the run


def _add(archive: tarfile.TarFile, name: str, content: BinaryIO) -> None:
    """Adds a file with the length that it has now: it may be growing."""
    status = os.fstat(content.fileno())
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = status.st_size, int(status.st_mtime), 0o600
    archive.addfile(member, content)
    _forget_headers(archive)


def _forget_headers(archive: tarfile.TarFile) -> None:
    """Has an archive keep nothing of what it has passed: the library would keep a kilobyte of every file to its end.

    What holds for all files that follow goes as well; it can hold nothing that a run has.
    """
    archive.members = []  # type: ignore[attr-defined]  # there is no other way to have it forget
    archive.pax_headers = {}


def _files(folder: RunFolder) -> Iterator[Path]:
    for part in _PARTS:
        for here, folders, files in os.walk(folder.path / part):
            folders.sort()
            for name in sorted(files):
                path = Path(here, name)
                if path.is_file() and not path.is_symlink():
                    yield path


def _target(file: Path, into: Path, name: str) -> Path:
    """Returns where a file of an archive goes."""
    parts = name.split("/")
    if len(parts) > _DEEPEST or any(part in ("", ".", "..") or not _NAME.fullmatch(part) for part in parts):
        raise _refused(file, f"{name!r} is no name of a file of a run")
    return into.joinpath(*parts)


def _copy(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    content = archive.extractfile(member)
    assert content is not None, "a plain file has content"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as opened:
        while chunk := content.read(_CHUNK):
            opened.write(chunk)


def _refused(file: Path, why: str) -> NoArchive:
    return NoArchive(f"file {str(file)!r} is no archive of a run: {why}", hint="'prodigy-tui runs export' makes one")
