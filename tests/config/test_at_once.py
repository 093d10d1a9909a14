"""Many edits and presses in the same moment, each on a connection of its own."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.models import Touchpoint
from renewals import pipeline
from renewals.models import Renewal
from tests.access.policy import TOUCH
from tests.access.test_edits import Form
from tests.factories import DAY, contract, customer, organisation, user

CELLS = {"likelihood": "30", "category": "commit", "note": "Ring"}


@pytest.mark.django_db(transaction=True)
def test_twenty_edits_of_different_cells_are_kept_and_four_presses_add_one(client):
    organisation()
    owner = user(name="Mara")
    client.force_login(owner)
    for days in range(7):
        ends_on = DAY + dt.timedelta(days=40 + days)
        contract(customer(owner=owner), starts_on=ends_on - dt.timedelta(days=365), ends_on=ends_on)
    pipeline.sweep(DAY)
    renewals = list(Renewal.objects.order_by("pk"))
    Renewal.objects.update(csm_likelihood=Decimal("0.5"), category="at_risk", csm_called_on=DAY)
    cells = [(renewal, field) for renewal in renewals for field in CELLS][:20]
    assert len(cells) == 20
    sent = {}
    for renewal, field in cells:
        url = reverse("renewals:cell", args=[renewal.pk, field])
        sent[url] = Form(client.get(url).content.decode(), url).sent | {field: CELLS[field]}
    touch = reverse("accounts:touch_new", args=[renewals[0].customer_id])
    pressed = TOUCH | {"form_key": "one press"}

    def send(asked: tuple[str, dict[str, object]]) -> int:
        one = Client()
        one.cookies = client.cookies
        try:
            return one.post(*asked).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(send, [*sent.items(), *[(touch, pressed)] * 4])) == {302}
    kept = 0
    for renewal, field in cells:
        renewal.refresh_from_db()
        said = {"likelihood": renewal.csm_likelihood == Decimal("0.3"), "category": renewal.category == "commit"}
        kept += said.get(field, renewal.csm_note == "Ring")
    assert kept == 20
    assert Touchpoint.objects.count() == 1
