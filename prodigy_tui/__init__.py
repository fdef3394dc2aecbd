"""prodigy-tui: run many coding agents on one code base; reproducible, parallel, watched and safe."""

__version__ = "0.1.0"
