"""The same question asked twice while one page is made is answered once.

Panels, stations and needs each ask their selector, as they should: they need not know of each other. Within
`asked_once()` a selector marked `@answered_once` computes its answer the first time and gives the same object
again. Outside, a selector keeps answers for itself until it has its own; nothing is kept beyond, so no figure is
ever older than the request that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import signature
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_answers: ContextVar[dict[Hashable, object] | None] = ContextVar("answers", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """Keep answers until the block ends. Only around reading: what is written inside would not be seen."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def answered_once(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a selector whose arguments are hashable (a model row counts by its id).

    Its answer is shared: nobody may change it.
    """

    shape = signature(function)

    @wraps(function)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        answers = _answers.get()
        if answers is None:
            with asked_once():
                return function(*args, **kwargs)
        said = shape.bind(*args, **kwargs)
        said.apply_defaults()
        key = (function, *said.arguments.values())
        if key not in answers:
            answers[key] = function(*args, **kwargs)
        return answers[key]  # type: ignore[return-value]

    return answer
