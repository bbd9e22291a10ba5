"""Register the estimators that a suite names by import string, if the user allows imports.

A suite is data: whoever shares one must not be able to run code with it. So such a method is
refused unless the person who runs the suite says `--allow-imports`.
"""

from __future__ import annotations

import pkgutil
import re
from typing import TYPE_CHECKING, Any

from bakeoff.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakeoff.registry.catalogue import Registry
    from bakeoff.suite.located import Located
    from bakeoff.suite.method_entry import MethodEntry

OWNER = "suite"
"""Owner of these components, in place of a plugin's name."""

_STRING = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_PROBLEMS = {"ClassifierMixin": ("binary", "multiclass"), "RegressorMixin": ("regression",)}


def register_estimators(methods: Iterable[Located[MethodEntry]], registry: Registry) -> None:
    """Import every estimator that the suite names and register each as a learner.

    Raises:
        SuiteError: it can't be imported, or is no estimator.
    """
    for method in methods:
        target = method.entry.estimator
        if not target or target in registry.names("learners"):
            continue
        where = method.where("estimator")
        if not _STRING.fullmatch(target):
            message = f"expected an import string such as 'package.module:Class'; got {target!r}."
            raise SuiteError(where, message)
        factory = _import(target, where)
        lacking = [name for name in ("fit", "predict") if not hasattr(factory, name)]
        if lacking or not isinstance(factory, type):
            message = f"{target!r} is no estimator: expected a class with 'fit' and 'predict'."
            raise SuiteError(where, message)
        package = target.partition(":")[0].partition(".")[0]
        registry.register("learners", OWNER)(
            target, target, problems=_problems(factory), needs=(package,), summary="of the suite"
        )


def refuse(target: str, where: str) -> SuiteError:
    """Return the error for a suite's own estimator where imports are not allowed."""
    message = (
        f"the method imports {target!r}, which can run any code; "
        "if you trust this suite, run it with --allow-imports."
    )
    return SuiteError(where, message)


def _import(target: str, where: str) -> Any:
    try:
        return pkgutil.resolve_name(target)
    except Exception as error:  # whatever importing somebody's module raises
        message = f"{target!r} can't be imported: {type(error).__name__}: {error}."
        raise SuiteError(where, message) from error


def _problems(factory: type) -> tuple[str, ...]:
    """Return the problem types that scikit-learn's mixins imply; empty (any) without a mixin."""
    names = [base.__name__ for base in factory.__mro__]
    return tuple(p for name, kinds in _PROBLEMS.items() if name in names for p in kinds)
