"""What the marks of an edit and the one-time keys of forms cost: the same acts in one run with them and without."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from typing import Any
from unittest.mock import patch

from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.models import Customer
from config.once import marking, pressing
from config.web import editing, merging
from renewals.models import Renewal
from tests.bench import signals
from tests.bench.bench_history import TIMES, browser, reading
from tests.bench.ground import DAY, Bench, Ground, Result

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def unmarked(self: editing.Edit, request: HttpRequest, row: Model | None, _sheet: Any, **_more: Any) -> None:
    """An edit that knows nothing of what was shown: the last who saves wins."""
    self.request, self.row, self.path = request, row, request.path
    self.merge = self.opened = None
    self.carried, self.data = SafeString(""), request.POST if request.method == "POST" else None


@contextmanager
def without() -> Iterator[None]:
    """Forms as Django draws and takes them."""
    token = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
    with ExitStack() as off:
        off.enter_context(patch.object(editing.Edit, "__init__", unmarked))
        off.enter_context(patch.object(marking, "hidden", lambda said: SafeString(token.format(said))))
        off.enter_context(patch.object(pressing.OnceMiddleware, "process_view", lambda *_asked: None))
        yield


def raced(ground: Ground, act: Callable[[], object]) -> Result:
    def plain() -> None:
        with without():
            act()

    return ground.race(act, plain)


def customer_page(ground: Ground) -> Result:
    return raced(ground, reading(ground))


def forecast_cell(ground: Ground) -> Result:
    """A cell of the forecast, opened and saved with all that its form carries."""
    ground.once(signals.NAME, signals.portfolio)
    client, user = browser(ground)
    customer = Customer.objects.order_by("pk").filter(contracts__isnull=False).first()
    assert customer is not None
    owner, due = customer.owner_id, DAY + dt.timedelta(days=60)
    Customer.objects.filter(pk=customer.pk).update(owner=user)
    renewal = Renewal.objects.create(
        customer=customer, contract=customer.contracts.all()[0], term_number=98, due_on=due, arr=9, category="commit"
    )
    notes, address = cycle(["Sure", "Very sure"]), f"/renewals/{renewal.pk}/cell/note/"

    def call() -> None:
        for _ in range(TIMES):
            sent = dict(HIDDEN.findall(client.get(address).content.decode()))
            answer = client.post(address, sent | {"note": next(notes)})
            assert answer.status_code == 302, answer.content

    try:
        sent = dict(HIDDEN.findall(client.get(address).content.decode()))
        assert {pressing.KEY, merging.SHOWN} <= sent.keys()
        return raced(ground, call)
    finally:
        renewal.delete()
        Customer.objects.filter(pk=customer.pk).update(owner=owner)


BENCHES = [
    Bench("marks_customer_page", 1.10, 1.02, customer_page),
    Bench("marks_cell", 1.10, 1.05, forecast_cell),
]
