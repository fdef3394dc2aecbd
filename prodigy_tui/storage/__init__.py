"""Bytes on disk: the places of runs, files that only grow, the lock of a run, the output of steps. Knows no events."""

from prodigy_tui.storage.append import AppendFile, recover
from prodigy_tui.storage.catalogue import RunAmbiguous, RunNotFound, find_run
from prodigy_tui.storage.lines import LINE_LIMIT, LineIndex
from prodigy_tui.storage.lock import RunHeld, RunLock
from prodigy_tui.storage.output import OutputReader, OutputWriter
from prodigy_tui.storage.owner import LockOwner
from prodigy_tui.storage.paths import (
    RepositoryFolder,
    RunExists,
    RunFolder,
    StateHome,
    UnsafeName,
    make_folder,
    make_socket_folder,
    state_root,
)
from prodigy_tui.storage.trouble import DiskTrouble, StateFolderUnusable

__all__ = [
    "LINE_LIMIT",
    "AppendFile",
    "DiskTrouble",
    "LineIndex",
    "LockOwner",
    "OutputReader",
    "OutputWriter",
    "RepositoryFolder",
    "RunAmbiguous",
    "RunExists",
    "RunFolder",
    "RunHeld",
    "RunLock",
    "RunNotFound",
    "StateFolderUnusable",
    "StateHome",
    "UnsafeName",
    "find_run",
    "make_folder",
    "make_socket_folder",
    "recover",
    "state_root",
]
