"""Frozen dataclasses that cost little to define.

Python writes and compiles six methods for each frozen dataclass while its module is loaded; with two hundred of them
that is most of the start of a command. Here the methods that are alike for all classes are shared, and `__init__` is
compiled when the first instance is made. Everything else is Python's own: `fields`, `replace`, matching, kinds of
fields. Docs: docs/adr/0014-start-up.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter, ge, gt, le, lt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # for type checkers it is Python's own
else:
    _OPTIONS = {"frozen", "slots", "kw_only", "order"}

    def dataclass(cls=None, /, **options):
        """As `dataclasses.dataclass`; quick for `frozen=True, slots=True`, with or without `kw_only` and `order`."""
        if cls is None:
            return lambda named: dataclass(named, **options)
        if not (options.get("frozen") and options.get("slots") and options.keys() <= _OPTIONS):
            return dataclasses.dataclass(cls, **options)
        return _frozen(cls, options.get("kw_only", False), options.get("order", False))


def _frozen(cls: type, kw_only: bool, order: bool) -> type:
    own = dict(vars(cls))
    cls.__doc__ = cls.__doc__ or cls.__name__  # Python would load `inspect` to write one
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
    found = dataclasses.fields(made)
    compared = tuple(f.name for f in found if (f.compare if f.hash is None else f.hash))
    assert compared == tuple(f.name for f in found if f.compare), f"{made.__name__}: what is compared is hashed"
    made.__compared__ = _tuple_of(compared)
    methods = {**_SHARED, **(_ORDERED if order else {}), "__init__": _init_when_called(made)}
    for name, method in methods.items():
        if name not in own or (name == "__hash__" and own[name] is None):
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]


def _tuple_of(names: tuple[str, ...]) -> Any:
    """Gets the values of some attributes, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return staticmethod(lambda self: tuple(getattr(self, name) for name in names))


def _init_when_called(cls: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        cls.__init__ = _init_of(cls)
        cls.__init__(self, *args, **kwargs)

    return __init__


def _init_of(cls: Any) -> Any:
    """`__init__` as Python writes it."""
    named: dict[str, Any] = {"put": object.__setattr__, "NONE": dataclasses.MISSING}
    takes: dict[bool, list[str]] = {False: [], True: []}
    does: list[str] = []
    for f in dataclasses.fields(cls):
        value = f.name
        if f.default_factory is not dataclasses.MISSING:
            named[f"_make_{f.name}"] = f.default_factory
            made = f"_make_{f.name}()"
            value = f"{made} if {f.name} is NONE else {f.name}" if f.init else made
        if f.init:
            takes[bool(f.kw_only)].append(_parameter(f, named))
        elif f.default_factory is dataclasses.MISSING:
            if f.default is dataclasses.MISSING:
                continue  # filled by `__post_init__`
            value = _parameter(f, named).partition("=")[2]
        does.append(f"put(self, {f.name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        does.append("self.__post_init__()")
    parameters = ", ".join(["self", *takes[False], *(["*", *takes[True]] if takes[True] else [])])
    exec(f"def __init__({parameters}):\n  " + "\n  ".join(does or ["pass"]), named)
    return named["__init__"]


def _parameter(f: dataclasses.Field[Any], named: dict[str, Any]) -> str:
    if f.default_factory is not dataclasses.MISSING:
        return f"{f.name}=NONE"
    if f.default is dataclasses.MISSING:
        return f.name
    named[f"_default_{f.name}"] = f.default
    return f"{f.name}=_default_{f.name}"


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self.__compared__(self) == self.__compared__(other)


def _ordered(compares: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    def compare(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compares(self.__compared__(self), self.__compared__(other))

    return compare


def _hash(self: Any) -> int:
    return hash(self.__compared__(self))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _setattr(self: Any, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, f.name) for f in dataclasses.fields(self)]


def _setstate(self: Any, state: list[Any]) -> None:
    for f, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, f.name, value)


_ORDERED = {"__lt__": _ordered(lt), "__le__": _ordered(le), "__gt__": _ordered(gt), "__ge__": _ordered(ge)}
_SHARED = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
