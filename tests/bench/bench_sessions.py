"""Fifty people at work for a minute at the product's own web server: how long they wait, what fails, and what stays in memory."""

from __future__ import annotations

import datetime as dt
import http.client
import os
import secrets
import statistics
import subprocess
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlencode

import psutil
from django.conf import settings

from accounts.models import Contract, Customer, User
from config.once.pressing import KEY
from config.run import members
from renewals.models import Renewal
from tests.bench import signals
from tests.bench.bench_pages import dress, session_cookie
from tests.bench.ground import DAY, Bench, Ground, Result
from tests.faults.browser import Browser
from tests.faults.conftest import free_port, wait

PEOPLE = 50
CUSTOMERS = 20  # of each
SECONDS = 12.0  # a round: a minute for the five that are usual
EDITS_AT = 2  # of each five steps
THINKS = 0.5  # seconds between an answer and the next question
TOKEN = "a" * 32
WELL = {200, 302}
MEGABYTE = 2**20


@dataclass
class Person:
    """A CSM at work: reads lists, pages and the forecast, and writes a note into a cell at each fifth step."""

    port: int
    cookie: str
    customers: list[int]
    renewal: int
    spent: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    def work(self, until: float) -> None:
        step = 0
        while time.monotonic() < until:
            step += 1
            begun = time.perf_counter()
            self.answers[self.ask(step)] += 1
            self.spent.append(time.perf_counter() - begun)
            time.sleep(THINKS)

    def ask(self, step: int) -> int:
        reads = ["/", "/customers/", f"/customers/{self.customers[step % CUSTOMERS]}/", "/forecast/"]
        if step % 5 != EDITS_AT:
            return self.send("GET", reads[step % len(reads)])
        note = {"note": f"Step {step}", KEY: secrets.token_urlsafe(12)}
        return self.send("POST", f"/renewals/{self.renewal}/cell/note/", urlencode(note))

    def send(self, method: str, path: str, body: str | None = None) -> int:
        """The status; 0 where there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            connection.request(method, path, body, {"Cookie": self.cookie, "X-CSRFToken": TOKEN, **kind})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
        return answer.status


def sessions(ground: Ground) -> Result:
    """Memory of the web server at the end against that after a first fifth of the time."""
    ground.once(signals.NAME, signals.portfolio)
    ground.once("scores for pages", dress)
    owners = dict(Customer.objects.filter(contracts__isnull=False).order_by("pk").values_list("pk", "owner"))
    owners = dict(islice(owners.items(), PEOPLE * CUSTOMERS))
    port = free_port()
    size = members.sizes(members.cores(), 97, members.NAMES)
    environment = os.environ | {"TSUNAGU_PROCESS": "web"}
    people = [person(port, number, list(owners)) for number in range(PEOPLE)]
    server = subprocess.Popen(members.web(members.Place(port), size), env=environment)
    try:
        wait(Browser(port).up, "the web server")
        seconds = SECONDS * ground.rounds
        work(people, seconds / 5)
        start = memory(server.pid)
        for one in people:
            one.spent.clear()
        work(people, seconds)
        end = memory(server.pid)
    finally:
        server.terminate()
        server.wait()
        put_back(people, owners)
    tell(ground, people, seconds, (start, end))
    return Result(end, start, "MB")


def person(port: int, number: int, customers: list[int]) -> Person:
    user = User.objects.create_user(f"session{number}@bench.example", name=f"Session {number}", role="csm")
    mine = customers[number * CUSTOMERS : (number + 1) * CUSTOMERS]
    Customer.objects.filter(pk__in=mine).update(owner=user)
    contract = Contract.objects.filter(customer=mine[0]).order_by("pk")[0]
    renewal = Renewal.objects.create(
        customer_id=mine[0],
        contract=contract,
        term_number=97,
        due_on=DAY + dt.timedelta(days=60),
        arr=9,
        category="commit",
    )
    cookie = f"{session_cookie(user)}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
    return Person(port, cookie, mine, renewal.pk)


def put_back(people: list[Person], owners: dict[int, int | None]) -> None:
    Renewal.objects.filter(pk__in=[one.renewal for one in people]).delete()
    by_owner: dict[int | None, list[int]] = defaultdict(list)
    for customer, owner in owners.items():
        by_owner[owner].append(customer)
    for owner, customers in by_owner.items():
        Customer.objects.filter(pk__in=customers).update(owner=owner)
    User.objects.filter(email__startswith="session", email__endswith="@bench.example").update(is_active=False)


def work(people: list[Person], seconds: float) -> None:
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(len(people)) as threads:
        list(threads.map(lambda one: one.work(until), people))


def memory(pid: int) -> float:
    """Megabytes that the server's processes have for themselves."""
    server = psutil.Process(pid)
    return sum(one.memory_full_info().uss for one in [server, *server.children(recursive=True)]) / MEGABYTE


def tell(ground: Ground, people: list[Person], seconds: float, stayed: tuple[float, float]) -> None:
    spent = sorted(second for one in people for second in one.spent)
    answers = sum((one.answers for one in people), Counter[int]())
    failed = sum(count for status, count in answers.items() if status not in WELL)
    cuts = statistics.quantiles(spent, n=20)
    ground.say(
        f"{PEOPLE} sessions, {seconds:.0f} s: {len(spent) / seconds:.1f} answers a second, p50 {cuts[9] * 1000:.0f} ms,"
        f" p95 {cuts[18] * 1000:.0f} ms, {failed} of {answers.total()} failed ({dict(answers)}),"
        f" memory {stayed[0]:.0f} to {stayed[1]:.0f} MB"
    )


BENCHES = [Bench("sessions", 1.10, 1.05, sessions)]
