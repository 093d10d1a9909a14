"""E45: fifty people do the same at the same moment, a hundred times, at the product's web server: one wins, nothing is done twice."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from accounts.models import Contract
from config.run import members
from playbooks.models import Enrolment, Playbook, Task
from renewals import pipeline
from renewals.models import Renewal
from tests.bench.bench_pages import session_cookie
from tests.factories import DAY, contract, customer, organisation, user
from tests.faults.browser import Browser
from tests.faults.conftest import Group, free_port, wait
from tests.playbooks.rows import playbook

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

PEOPLE = 50
TIMES = int(os.environ.get("TIMES", "100"))
TOKEN = "a" * 32
LOST = {400, 409, 422}  # told so: nothing was done
Ask = tuple[str, str, str]  # address, content type, body


def form(path: str, **fields: object) -> Ask:
    return path, "application/x-www-form-urlencoded", urlencode(fields)


def api(path: str, **fields: object) -> Ask:
    return f"/api/v1/{path}", "application/json", json.dumps(fields)


class Person:
    """Somebody with a session of their own."""

    def __init__(self, port: int, number: int) -> None:
        self.port = port
        self.cookie = f"{session_cookie(user('admin', name=f'Person {number}'))}; csrf={TOKEN}"

    def send(self, asked: Ask) -> int:
        path, kind, body = asked
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": self.cookie, "X-CSRFToken": TOKEN, "Content-Type": kind}
        try:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()


def renew(renewal: Renewal, _play: Playbook) -> list[Ask]:
    line = renewal.contract.lines.get()
    sent = {"starts_on": renewal.due_on, "term_months": 12, f"amount_{line.pk}": 900}
    return [form(f"/renewals/{renewal.pk}/renew/", **sent)] * PEOPLE


def start(renewal: Renewal, play: Playbook) -> list[Ask]:
    return [api("enrolments/", customer=renewal.customer_id, playbook=play.pk)] * PEOPLE


def call_or_close(renewal: Renewal, play: Playbook) -> list[Ask]:
    """Half of them say what they think of it while the others close it."""
    calls = [
        api(f"renewals/{renewal.pk}/call/", likelihood=f"0.{number + 10}", category="commit", note=f"Said {number}")
        for number in range(PEOPLE // 2)
    ]
    return [asked for pair in zip(calls, renew(renewal, play), strict=False) for asked in pair]


def renewed(renewal: Renewal, statuses: Counter[int]) -> None:
    renewal.refresh_from_db()
    assert renewal.is_closed, statuses
    assert Contract.objects.filter(customer=renewal.customer_id).count() == 2
    assert statuses[302] == 1


def started(renewal: Renewal, statuses: Counter[int]) -> None:
    assert Enrolment.objects.filter(customer=renewal.customer_id).count() == 1
    assert Task.objects.filter(customer=renewal.customer_id).count() == 1
    assert statuses[201] == 1


def called_or_closed(renewal: Renewal, statuses: Counter[int]) -> None:
    renewed(renewal, statuses)
    if statuses[200]:
        said = int(renewal.final_reason.removeprefix("Said "))
        assert renewal.final_likelihood == Decimal(f"0.{said + 10}"), "one person's call, whole"


ACTS: list[tuple[Callable[[Renewal, Playbook], list[Ask]], Callable[[Renewal, Counter[int]], None]]] = [
    (renew, renewed),
    (start, started),
    (call_or_close, called_or_closed),
]


def test_e45_fifty_at_once_a_hundred_times(group: Group):
    organisation()
    play = playbook(name="Together")
    owner = user(name="Mara")
    for number in range(TIMES):
        ends_on = DAY + dt.timedelta(days=40)
        of = customer(owner=owner, name=f"C {number}", status="live")
        contract(of, starts_on=ends_on - dt.timedelta(days=365), ends_on=ends_on)
    pipeline.sweep(DAY)
    renewals = list(Renewal.objects.order_by("pk"))
    assert len(renewals) == TIMES
    port = free_port()
    size = members.Sizes(web=2, threads=4, worker=1)
    group.start(members.web(members.Place(port), size), TSUNAGU_PROCESS="test", TSUNAGU_HTTPS="off")
    wait(Browser(port).up, "the web server")
    people = [Person(port, number) for number in range(PEOPLE)]
    said: Counter[int] = Counter()
    with ThreadPoolExecutor(PEOPLE) as threads:
        for number, renewal in enumerate(renewals):
            asks, holds = ACTS[number % len(ACTS)]
            asked = asks(renewal, play)
            statuses = Counter(threads.map(Person.send, people, asked))
            assert statuses.keys() <= {200, 201, 302} | LOST, (asks.__name__, statuses)
            holds(renewal, statuses)
            said += statuses
    print(json.dumps({"requests": said.total(), "answers": said}))
