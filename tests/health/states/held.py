"""Whom a state holds for, and the rows of scores and touches that tests of it need."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import connection, transaction

from accounts.models import Customer, Touchpoint
from health import states
from health.models import Case, Score, Scorecard
from health.states import table
from tests.factories import DAY
from tests.health.conftest import ago


def found(state: str, day: dt.date = DAY, **values: Any) -> dict[int, dict[str, Any]]:
    """The facts of every customer that the state holds for, by customer."""
    watch = states.watch(state, values)
    with transaction.atomic(), connection.cursor() as cursor:
        columns = table.build(day, watch.reads.values(), None)
        cursor.execute(watch.query(columns), table.moment_of(day, None) | watch.bound())
        rows = cursor.fetchall()
        table.drop()
    return {pk: facts if isinstance(facts, dict) else json.loads(facts) for pk, facts in rows}


def score(of: Customer, back: int, value: float | None, card: Scorecard, **fields: Any) -> Score:
    """The score from ``back`` days before DAY on."""
    band = "" if value is None else "green" if value >= 70 else "yellow" if value >= 45 else "red"
    return Score.objects.create(customer=of, day=ago(back), scorecard=card, value=value, raw=value, band=band, **fields)


def card(key: str = "card", version: int = 1, measures: tuple[str, ...] = ()) -> Scorecard:
    fields = {"name": key, "created_on": DAY, "measures": list(measures)}
    return Scorecard.objects.create(key=key, version=version, **fields)


def touch(of: Customer, back: int, *contacts: Any, **fields: Any) -> Touchpoint:
    made = Touchpoint.objects.create(customer=of, happened_on=ago(back), **{"kind": "call"} | fields)
    made.contacts.set(contacts)
    return made


def cases() -> list[tuple[int, str, str]]:
    """Every case: customer, reason, state."""
    return list(Case.objects.order_by("pk").values_list("customer", "reason", "state"))
