"""No statement under a template tag, a filter or a look-up of a template: what such a one asks, every row asks again.

The frame's own standing (day, zone) is asked where it is first needed, once a request. What a loop goes over, or a field
offers, may be a queryset: it is asked once.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pytest
from django.db.backends.utils import CursorWrapper
from django.forms.models import ModelChoiceIterator
from django.template import Template, engines
from django.template.base import Variable
from django.utils.choices import CallableChoiceIterator

from config.ui.context import Frame

LOOK_UP = Variable._resolve_lookup.__code__  # type: ignore[attr-defined]
ONCE = {
    Frame.standing.func.__code__,  # type: ignore[attr-defined]
    ModelChoiceIterator.__iter__.__code__,
    CallableChoiceIterator.__iter__.__code__,
}
DEEPEST = 200


class AskedWhileDrawingError(AssertionError):
    """A tag, filter or look-up ran a statement."""


@lru_cache(maxsize=1)
def libraries() -> frozenset[str]:
    """The modules whose tags and filters are ours."""
    engine: Any = engines["django"].engine  # type: ignore[attr-defined]
    named = {*engine.libraries.values(), *engine.builtins}
    return frozenset(name for name in named if not name.startswith(("django", "allauth", "rest_framework")))


def culprit() -> str | None:
    """The tag, filter or look-up under which the present statement runs."""
    frame: Any = sys._getframe(2)
    named = None
    for _ in range(DEEPEST):
        if frame is None:
            return named
        if frame.f_code in ONCE:
            return None
        if frame.f_code is LOOK_UP:
            named = named or f"the look-up {{{{ {frame.f_locals['self'].var} }}}}"
        elif frame.f_globals.get("__name__") in libraries():
            named = named or f"{frame.f_globals['__name__']}.{frame.f_code.co_name}"
        frame = frame.f_back
    return named


class Drawing(threading.local):
    """Whether this thread is drawing a template."""

    depth = 0


@contextmanager
def watched() -> Iterator[None]:
    """Inside, a statement under a tag, filter or look-up raises, wherever a template is drawn."""
    drawing, execute, render = Drawing(), CursorWrapper.execute, Template.render

    def drawn(self: Template, context: Any) -> Any:
        drawing.depth += 1
        try:
            return render(self, context)
        finally:
            drawing.depth -= 1

    def guarded(self: CursorWrapper, sql: Any, params: Any = None) -> Any:
        found = culprit() if drawing.depth else None
        if found:
            raise AskedWhileDrawingError(f"{found} asks: {str(sql)[:300]}")
        return execute(self, sql, params)

    patched = pytest.MonkeyPatch()
    patched.setattr(Template, "render", drawn)
    patched.setattr(CursorWrapper, "execute", guarded)
    try:
        yield
    finally:
        patched.undo()
