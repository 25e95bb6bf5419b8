"""Stripe's API contract, read out of the pinned SDK itself.

The SDK's parameter types and resource classes are generated from Stripe's OpenAPI
description at exactly the version it speaks. So requests and answers can be checked
here, offline: unknown, missing and ill-typed parameters, and words no enum knows.
"""

import builtins
import functools
import sys
import types
import typing as t
from collections.abc import Mapping

import stripe
import typing_extensions as te

UNIONS = (t.Union, types.UnionType)
WRAPPERS = (te.NotRequired, te.Required, t.Annotated, t.ClassVar)
NOT_SENT = frozenset({"OBJECT_NAME", "last_response", "deleted"})


class _Names(dict[str, t.Any]):
    """Names as a module of the SDK sees them; what only type checkers import is anything."""

    def __init__(self, *scopes: Mapping[str, t.Any]) -> None:
        self._scopes = (*scopes, vars(te), vars(builtins))

    def __missing__(self, name: str) -> t.Any:
        return next((scope[name] for scope in self._scopes if name in scope), t.Any)


def faults(value: t.Any, hint: t.Any, path: str = "", *, form: bool = False) -> list[str]:
    """Name what is wrong with a value of this type; in a ``form`` numbers are still text."""
    hint = opened(hint)
    origin, args = te.get_origin(hint), te.get_args(hint)
    if hint is t.Any or isinstance(hint, t.ForwardRef | t.TypeVar):
        return []
    if te.is_typeddict(hint):
        return _faults_of_parameters(value, hint, path, form=form)
    if origin in UNIONS:
        if any(te.get_origin(opened(arg)) is t.Literal for arg in args):
            args = tuple(arg for arg in args if arg is not str)  # "A known word, or a new one".
        return min((faults(value, arg, path, form=form) for arg in args), key=len)
    if origin is t.Literal:
        return [] if value in args else [f"{path}: {value!r} is not one of the known values"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        return [
            fault
            for place, item in enumerate(value)
            for fault in faults(item, args[0], f"{path}[{place}]", form=form)
        ]
    if origin is not None:
        return _unless(isinstance(value, dict), f"{path}: not an object")
    if isinstance(hint, type) and issubclass(hint, stripe.StripeObject):
        return _faults_of_answer(value, hint, path)
    return _faults_of_scalar(value, hint, path, form=form)


def typed(value: t.Any, hint: t.Any) -> t.Any:
    """Turn the texts of a form that has no faults into what its type names."""
    hint = opened(hint)
    args = te.get_args(hint)
    if te.get_origin(hint) in UNIONS:
        fits = (typed(value, arg) for arg in args if not faults(value, arg, form=True))
        return next(fits, value)
    if te.is_typeddict(hint) and isinstance(value, dict):
        return {name: typed(item, hints(hint)[name]) for name, item in value.items()}
    if te.get_origin(hint) is list and isinstance(value, list):
        return [typed(item, args[0]) for item in value]
    if hint is bool:
        return value == "true"
    return int(value) if hint is int else value


@functools.cache
def hints(kind: t.Any) -> dict[str, t.Any]:
    """Return the types of a class's fields, as far as they can be found."""
    modules = [vars(sys.modules[base.__module__]) for base in kind.__mro__]
    bases = [kind] if te.is_typeddict(kind) else list(reversed(kind.__mro__))
    found: dict[str, t.Any] = {}
    for base in bases:
        names = _Names(vars(base), *modules, vars(stripe))
        for name, hint in getattr(base, "__annotations__", {}).items():
            reference = t.ForwardRef(hint, is_class=True) if isinstance(hint, str) else hint
            try:
                found[name] = t._eval_type(reference, names, names)  # type: ignore[attr-defined]
            except (AttributeError, NameError, TypeError):
                found[name] = t.Any
    return found


def opened(hint: t.Any) -> t.Any:
    """Take a type out of ``NotRequired`` and the like."""
    while te.get_origin(hint) in WRAPPERS:
        hint = te.get_args(hint)[0]
    return hint


def _faults_of_parameters(value: t.Any, kind: t.Any, path: str, *, form: bool) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: not an object"]
    known = hints(kind)
    found = [f"{path}.{name}: unknown parameter" for name in value if name not in known]
    if kind.__total__:
        found += [
            f"{path}.{name}: required"
            for name, hint in known.items()
            if te.get_origin(hint) is not te.NotRequired and name not in value
        ]
    for name in value.keys() & known.keys():
        found += faults(value[name], known[name], f"{path}.{name}", form=form)
    return found


def _faults_of_answer(value: t.Any, kind: t.Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: not an object"]
    known = {
        name: hint
        for name, hint in hints(kind).items()
        if not name.startswith("_")
        and te.get_origin(hint) is not t.ClassVar
        and name not in NOT_SENT
    }
    found = [f"{path}.{name}: not in {kind.__name__}" for name in value if name not in known]
    found += [
        f"{path}.{name}: missing"
        for name, hint in known.items()
        if name not in value and not _may_be_null(hint)
    ]
    for name in value.keys() & known.keys():
        found += faults(value[name], known[name], f"{path}.{name}")
    return found


def _faults_of_scalar(value: t.Any, hint: t.Any, path: str, *, form: bool) -> list[str]:
    if hint is type(None):
        return _unless(value is None or (form and value == ""), f"{path}: not null")
    if hint is int:
        is_text = form and isinstance(value, str) and value.lstrip("-").isdigit()
        return _unless(is_text or type(value) is int, f"{path}: not an integer")
    if hint is bool and form:
        return _unless(value in ("true", "false"), f"{path}: not a boolean")
    if hint is float or not isinstance(hint, type) or hint.__name__ == "Decimal":
        return []
    return _unless(isinstance(value, hint), f"{path}: {value!r} is not {hint.__name__}")


def _may_be_null(hint: t.Any) -> bool:
    return te.get_origin(hint) in UNIONS and type(None) in te.get_args(hint)


def _unless(holds: bool, fault: str) -> list[str]:
    return [] if holds else [fault]
