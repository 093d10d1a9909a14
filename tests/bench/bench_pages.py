"""The portfolio page against the smallest page that shows the same rows, on one gunicorn worker."""

from __future__ import annotations

import atexit
import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.urls import reverse

from accounts import shipped
from accounts.models import Customer, User
from accounts.views.customer_panels import COLUMNS
from config import clock
from config.run import members
from health import scoring
from health.models import Case, Score
from playbooks.models import Task
from tests.bench import signals
from tests.bench.ground import Bench, Ground, Result, timed

REQUESTS = 40
OWNED = "/customers/?owner={owner}&sort=health"

DRESS = """
    UPDATE accounts_customer SET
        score = (id * 7919 %% 10000) / 100.0,
        band = CASE WHEN id * 7919 %% 10000 >= 7000 THEN 'green' WHEN id * 7919 %% 10000 >= 4500 THEN 'yellow' ELSE 'red' END,
        next_renewal_on = DATE '2026-11-24' + (id %% 360)::int, last_touch_on = DATE '2026-11-24' - (id %% 60)::int,
        segment_id = (SELECT min(id) FROM accounts_segment) + id %% 3;
    INSERT INTO health_score (customer_id, day, scorecard_id, value, raw, band, coverage, oldest_input_on, ceiling, points, weights, amounts, inputs_on)
    SELECT c.id, DATE '2026-11-24' - k * 9, (SELECT min(id) FROM health_scorecard), (c.id * 7919 + k * 311) %% 10000 / 100.0,
        (c.id * 7919 + k * 311) %% 10000 / 100.0, 'yellow', 1, NULL, '', '{}', '{}', '{}', '{}'
    FROM accounts_customer c, generate_series(1, 9) k
    ON CONFLICT DO NOTHING
"""

BUSY = "busy@bench.example"
WORK = """
    UPDATE accounts_customer SET owner_id = {owner}, status = 'live' WHERE id IN ({customers});
    INSERT INTO playbooks_task (customer_id, title, note, assignee_id, assigned_as, due_on, snooze_reason, outcome, outcome_note)
    SELECT c.id, 'Call the champion', '', {owner}, 'owner', DATE '2026-11-24', '', '', ''
    FROM accounts_customer c WHERE c.owner_id = {owner};
    INSERT INTO health_case (customer_id, kind, reason, title, type, plan, severity, owner_id, value, state, alerted,
        opened_on, due_on, newest_evidence_on, snooze_reason, resolution, resolution_note)
    SELECT c.id, 'risk', 'by-hand', 'Use is falling', '', '', 'high', {owner}, c.arr, 'new', true,
        DATE '2026-11-20', DATE '2026-11-24' + (c.id % 7)::int, DATE '2026-11-20', '', '', ''
    FROM accounts_customer c WHERE c.owner_id = {owner} ORDER BY c.id LIMIT 100;
    ANALYZE playbooks_task, health_case, accounts_customer
"""


@dataclass
class Site:
    """A running web server and a signed-in session cookie."""

    port: int
    cookie: str

    def get(self, address: str, times: int = REQUESTS) -> None:
        """Ask for an address so many times; every answer must be a 200 with a body."""
        for _ in range(times):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            connection.request("GET", address, headers={"Cookie": self.cookie})
            answer = connection.getresponse()
            if answer.status != 200 or len(answer.read()) < 500:
                raise RuntimeError(f"{address} answered {answer.status}")
            connection.close()


def site(ground: Ground) -> Site:
    """The server over the shared customers, dressed with scores, renewals and segments; started once."""
    ground.once(signals.NAME, signals.portfolio)
    ground.once("scores for pages", dress)
    if "site" not in ground.kept:
        ground.kept["site"] = serve()
    return ground.kept["site"]  # type: ignore[return-value]


def dress(ground: Ground) -> None:
    shipped.install()
    signals.execute(DRESS.replace("%%", "%"))
    signals.execute("VACUUM ANALYZE accounts_customer, health_score")


def serve() -> Site:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"TSUNAGU_ADMIN": "on", "TSUNAGU_PROCESS": "web"}
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], env=environment, check=True)
    server = subprocess.Popen(
        members.web(
            members.Place(port), members.Sizes(web=1, threads=members.MOST_THREADS, worker=1), app="tests.bench.wsgi"
        ),
        env=environment,
    )
    atexit.register(server.terminate)
    ready = Site(port, session_cookie())
    for _ in range(100):
        try:
            ready.get("/healthz", times=0)
            ready.get(OWNED.format(owner=1), times=1)
        except OSError:
            time.sleep(0.2)
        else:
            return ready
    raise RuntimeError("The web server did not come up.")


def session_cookie(user: User | None = None) -> str:
    """A session of ``user``, or of an admin who sees every customer and the Django admin."""
    user = user or User.objects.create_superuser("bench@bench.example", name="Bench")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def rates(ground: Ground, ours: str, floor: str) -> Result:
    """Requests a second of both, medians of interleaved rounds."""
    web = site(ground)
    race = ground.race(lambda: web.get(ours), lambda: web.get(floor))
    return Result(REQUESTS / race.ours, REQUESTS / race.floor, "1/s")


def page_portfolio(ground: Ground) -> Result:
    return rates(ground, OWNED.format(owner=1), "/smallest/?owner=1")


def page_vs_admin(ground: Ground) -> Result:
    return rates(ground, OWNED.format(owner=1), "/django-admin/accounts/customer/?owner__id__exact=1&o=2")


def page_deep(ground: Ground) -> Result:
    """The last page of all customers against the first one, each request timed alone (p50)."""
    web = site(ground)
    last = "/customers/?status=any&sort=health&before=end"
    first = "/customers/?status=any&sort=health"
    assert Customer.objects.count() >= ground.customers
    return Result(*(middle(web, address, ground.rounds) for address in (last, first)))


def page_day(ground: Ground) -> Result:
    """My day of a CSM with 200 customers and 300 open items against the smallest page, each request timed alone (p50)."""
    web = site(ground)
    ground.once("a day of work", busy)
    mine = Site(web.port, session_cookie(User.objects.get(email=BUSY)))
    return Result(middle(mine, "/", ground.rounds), middle(web, "/smallest/?owner=1", ground.rounds))


def page_customer(ground: Ground) -> Result:
    """A customer's page with the columns that it asks for, against the smallest page, each request timed alone (p50)."""
    web = site(ground)
    pk = Customer.objects.filter(owner=1).order_by("pk").values_list("pk", flat=True)[0]
    # The scores that dress the list have no parts to show.
    Score.objects.filter(customer=pk).delete()
    scoring.score_customers([pk], clock.today())
    columns = [reverse("accounts:customer_panels", args=[pk, name]) for name in COLUMNS]
    ours = sum(middle(web, address, ground.rounds) for address in [f"/customers/{pk}/", *columns])
    return Result(ours, middle(web, "/smallest/?owner=1", ground.rounds))


def busy(_ground: Ground) -> None:
    """A CSM with 200 customers, each with a task due today, every second with a case due this week."""
    csm = User.objects.create_user(BUSY, name="Busy", role="csm")
    chosen = list(Customer.objects.exclude(owner=1).order_by("pk").values_list("pk", flat=True)[:200])
    signals.execute(WORK.format(owner=csm.pk, customers=", ".join(map(str, chosen))))
    assert Task.objects.filter(assignee=csm).count() + Case.objects.filter(owner=csm).count() == 300


def middle(web: Site, address: str, rounds: int) -> float:
    act: Callable[[], None] = lambda: web.get(address, times=1)  # noqa: E731 (timed as it stands)
    return statistics.median(timed(act) for _ in range(10 * rounds))


BENCHES = [
    Bench("page_portfolio", 0.5, 0.8, page_portfolio, better="higher"),
    Bench("page_vs_admin", 4, 8, page_vs_admin, better="higher"),
    Bench("page_deep", 1.3, 1.1, page_deep),
    Bench("page_day", 4, 2.5, page_day),
    Bench("page_customer", 6, 4, page_customer),
]
