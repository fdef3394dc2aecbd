"""What libraries load along with what is used of them, and nothing of ours uses: it is not loaded at the start.

A fifth of what an app of Textual loads is for its command palette, which the interface has none of, and the like. And
of what `asyncio` loads an eighth is TLS: nothing here speaks TLS in a loop.
"""

import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any


class AsyncioWithoutTls(SourceFileLoader):
    """Loads `asyncio` as it is in a Python that was built without TLS. Everything else can still load `ssl`."""

    @classmethod
    def find_spec(cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> Any:
        """Finds `asyncio`, and nothing else; as the finders in `sys.meta_path` do."""
        if name != "asyncio":
            return None
        sys.meta_path.remove(cls)
        spec: ModuleSpec | None = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader) and "ssl" not in sys.modules:
            spec.loader = cls(name, spec.loader.path)
        return spec

    def exec_module(self, module: ModuleType) -> None:
        sys.modules["ssl"] = None  # type: ignore[assignment]  # the way to say that there is none
        try:
            super().exec_module(module)
        finally:
            del sys.modules["ssl"]


def leave_out_tls() -> None:
    """The program starts; `asyncio` may never be needed."""
    if "asyncio" not in sys.modules and AsyncioWithoutTls not in sys.meta_path:
        sys.meta_path.insert(0, AsyncioWithoutTls)


def leave_out(names: Collection[str]) -> None:
    """Puts modules that load their own when they are used into the place of those that are not loaded yet."""
    for name in names:
        sys.modules.setdefault(name, _Later(name))


def give_back(names: Collection[str]) -> None:
    """Whoever imports them from now on gets them themselves."""
    for name in names:
        if isinstance(sys.modules.get(name), _Later):
            del sys.modules[name]


class _Later(ModuleType):
    """Stands in for a module: what is taken from it is a class that is the module's own as soon as it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _Use(name, (), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


class _Use(type):
    """A class or function of a module that is not loaded before it is used. It may be a base of a class."""

    @property
    def _own(cls) -> Any:
        give_back((cls.__module__,))
        return getattr(import_module(cls.__module__), cls.__name__)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._own(*args, **kwargs)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(cls._own, name)
