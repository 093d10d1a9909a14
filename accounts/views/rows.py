"""A row of the portfolio with its cells worded beforehand: a third of the time of filters in a
template, and fifty rows are most of what the page costs.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.models import Stage, Status, TouchModel
from config.ui import figures, tags

SOON, NEAR = 60, 90
QUIET, SILENT = 14, 30
TOUCH: Final = dict(TouchModel.choices)
STAGE: Final = dict(Stage.choices)
STATUS: Final = dict(Status.choices)


@dataclass(frozen=True)
class Row:
    """Everything one line of the list shows."""

    pk: int
    name: str
    parent: str
    logo: str
    pill: str
    delta: str
    spark: str
    arr: str
    renews: str
    days: str
    days_tone: str
    segment: str
    touch: str
    owner: str
    last_touch: str
    last_tone: str
    tasks: str


def shown(customer: Any, day: dt.date) -> Row:
    """One decorated customer (``accounts.book.decorated``) as the list shows it on ``day``."""
    left = (customer.next_renewal_on - day).days if customer.next_renewal_on else None
    quiet = (day - customer.last_touch_on).days if customer.last_touch_on else None
    return Row(
        pk=customer.pk,
        name=customer.name,
        parent=customer.parent.name if customer.parent else "",
        logo=tags.logo(customer.name, customer.pk),
        pill=tags.pill(customer.score, customer.band),
        delta=tags.delta(customer.score_change),
        spark=_spark(customer),
        arr=figures.money_short(customer.arr, customer.currency),
        renews=figures.day(customer.next_renewal_on, day),
        days="" if left is None else figures.days_left(left),
        days_tone=_tone(left, SOON, NEAR),
        segment=_(customer.segment.name) if customer.segment else "",
        touch=str(TOUCH[customer.touch_model]),
        owner=tags.person(customer.owner.name if customer.owner else "", customer.owner_id),
        last_touch=figures.days_ago(quiet),
        last_tone="" if quiet is None else _quiet_tone(quiet),
        tasks=figures.number(customer.open_tasks) if customer.open_tasks else figures.NONE,
    )


def _spark(customer: Any) -> str:
    values = customer.score_trend or []
    if len(values) <= 1:
        return ""
    label = f"{figures.number(values[0])} → {figures.number(values[-1])}"
    return tags.spark(values, tags.tone(customer.band), label)


def _tone(left: int | None, soon: int, near: int) -> str:
    if left is None or left > near:
        return "calm faint"
    return "risk tone" if left <= soon else "watch tone"


def _quiet_tone(quiet: int) -> str:
    if quiet > SILENT:
        return "risk tone"
    return "watch tone" if quiet > QUIET else ""
