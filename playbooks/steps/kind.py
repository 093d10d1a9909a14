"""What a kind of step is: what it asks of a person who designs a play, what it does when its turn comes, when it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.functional import Promise

from config.shipping import translated

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    """A step on the page of its play: what is to be done, in whose hands and by when, and how."""

    title: str
    when: str
    detail: str

    @property
    def line(self) -> str:
        """All that the step says, in one line."""
        return " · ".join(filter(None, [self.title, self.when, self.detail]))


def binds_nothing(_first: dt.date, _day: dt.date) -> dict[str, Any]:
    return {}


def fits_any(_values: Values, _trigger_kind: str) -> str:
    return ""


@dataclass(frozen=True)
class StepKind:
    """A kind of step, whose runs are entered, settled and left by sets.

    ``fields`` are the form fields of its values, each with its default as ``initial``; ``named`` is the value by which people
    know such a step: a row of the form without it is dropped. ``holds`` is what the database holds every step's values to.
    ``fits`` says what stands between cleaned values and the kind of event that starts the play, ``""`` where nothing does.

    ``enter`` is the body of a CTE over ``turn`` (``run_id``, ``enrolment_id``, ``step_id``) that does what the step is for and returns
    ``run_id`` of each run that is under way then; where there was nothing to do the run is skipped. It may name ``%(day)s`` and what
    ``binds`` gives, which knows the earliest day on which one of those plays was entered. ``finished`` is a condition on a run ``r``
    under way. ``leave`` and ``resume`` are bodies of CTEs over ``gone`` and ``back`` (``id`` of plays): they withdraw what is not finished when a
    play ends, and bring it back with the play.
    """

    key: str
    name: Promise
    fields: Mapping[str, forms.Field]
    named: str
    enter: str
    finished: str
    words: Callable[[Values], Words]
    leave: str = ""
    resume: str = ""
    binds: Callable[[dt.date, dt.date], dict[str, Any]] = binds_nothing
    fits: Callable[[Values, str], str] = fits_any
    holds: Q = field(default_factory=Q)
    shipped: frozenset[str] = frozenset()

    def shown(self, name: str, values: Values) -> str:
        """A text among the values, in the reader's language where it is one we ship."""
        text = str(values.get(name) or "")
        return translated(text) if name in self.shipped else text
