"""The migrations can be undone on rows that only the product of today writes, and done again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from playbooks.models import Enrolment
from renewals.models import Renewal
from tests import migrating
from tests.factories import DAY, customer, organisation
from tests.playbooks.rows import before, playbook, renewal

BEFORE = [("playbooks", "0002_case_trigger"), ("renewals", "0002_term_checks")]
SHUT: dict[str, Any] = {"stage": "closed", "closed_on": DAY}
# What a renewal says, and what columns of before can say of it: outcome, ARR, ARR after.
ROWS = [
    ({"arr": None}, ("", 0, None)),
    ({"arr": 10**15}, ("", "999999999999.99", None)),
    ({"arr": 12, "arr_going_on": 5, "leaving": "notice", "leaves_on": DAY}, ("", 12, None)),
    (SHUT | {"outcome": "void", "void_reason": "trial", "arr": 12}, ("churned", 0, 0)),
    (SHUT | {"outcome": "renewed", "arr": None, "closed_arr": None}, ("renewed", 0, 0)),
    (SHUT | {"outcome": "expanded", "arr": 12, "closed_arr": 10**15}, ("expanded", 12, "999999999999.99")),
    (SHUT | {"outcome": "churned", "arr": 12, "closed_arr": 0}, ("churned", 12, 0)),
]
REASONS = {"case": "stopped", "void": "closed", "leaves": "closed", "closed": "closed", "churned": "churned"}


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_rows_of_today_go_back_and_come_again() -> None:
    organisation()
    play = playbook("by_hand")
    for fields, _ in ROWS:
        renewal(customer(), 30, **fields)
    for number, reason in enumerate(REASONS):
        Enrolment.objects.create(
            customer=customer(), playbook=play, version=play.published, occasion=f"hand:{number}", state="exited",
            enrolled_on=before(4), finished_on=before(2), exit_reason=reason,
        )  # fmt: skip
    migrating.go_to(*BEFORE)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT outcome, arr::text, closed_arr::text FROM renewals_renewal ORDER BY id")
            renewals = cursor.fetchall()
            cursor.execute("SELECT exit_reason FROM playbooks_enrolment ORDER BY id")
            reasons = [row[0] for row in cursor.fetchall()]
    finally:
        migrating.go_on()

    def shown(amount: Any) -> str | None:
        return None if amount is None else f"{float(amount):.2f}"

    assert renewals == [(outcome, shown(arr), shown(after)) for _, (outcome, arr, after) in ROWS]
    assert reasons == list(REASONS.values())
    assert Renewal.objects.count() == len(ROWS)
    assert Enrolment.objects.count() == len(REASONS)
