"""What libraries load along with what is used of them, and nothing of ours uses: it is not loaded at the start.

A fifth of what an app of Textual loads is for its command palette, which the interface has none of, and the like. And
of what `asyncio` loads an eighth is TLS: nothing here speaks TLS in a loop. A third of what `msgspec` loads is what
Python has itself.
"""

import sys
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any, Final

_DISPENSABLE: Final[Mapping[str, str]] = {"asyncio": "ssl", "msgspec": "typing_extensions"}
"""What a library loads if it can, and does without if there is none; all that `msgspec` takes of `typing_extensions` is
in Python's own `typing`."""


class Sparing(SourceFileLoader):
    """Loads a library as it is where such a part is missing. Everything else can still load that part."""

    @classmethod
    def find_spec(cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> Any:
        """Finds these libraries, and nothing else; as the finders in `sys.meta_path` do."""
        part = _DISPENSABLE.get(name)
        if part is None:
            return None
        spec: ModuleSpec | None = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader) and part not in sys.modules:
            spec.loader = cls(name, spec.loader.path)
        return spec

    def exec_module(self, module: ModuleType) -> None:
        part = _DISPENSABLE[self.name]
        sys.modules[part] = None  # type: ignore[assignment]  # the way to say that there is none
        try:
            super().exec_module(module)
        finally:
            del sys.modules[part]


def leave_out_parts() -> None:
    """The program starts; these libraries may never be needed."""
    if Sparing not in sys.meta_path:
        sys.meta_path.insert(0, Sparing)


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
