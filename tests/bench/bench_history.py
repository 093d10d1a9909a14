"""What keeping history costs: the same acts in one run with the triggers on and off.

Pages, a cell of the forecast, an import that changes what it finds, and a bulk act may cost a tenth more; what scores
everybody and the sweeps of a night write nothing that is kept, and may cost nothing.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from django.core.management import call_command
from django.db import transaction
from django.test import Client

from accounts import ownership
from accounts.imports.folders import jobs
from accounts.imports.loading import load
from accounts.imports.mapping import find
from accounts.imports.targets import TARGETS
from accounts.models import Customer, ExternalKey, User
from config import cycle as nights
from config.history import kept, triggers
from config.history.models import Entry
from renewals.models import Renewal
from tests.bench import bench_bulk, bench_imports, bench_recompute, signals
from tests.bench.ground import DAY, Bench, Ground, Result

MOVED = 10_000
TIMES = 20
LOADED = 5_000


def switch(state: str) -> None:
    """``ENABLE`` or ``DISABLE`` every trigger that keeps history."""
    for each in kept.REGISTER.values():
        for statement in triggers.statements(each)[1:]:
            trigger = statement.split(" TRIGGER ")[1].split()[0]
            signals.execute(f"ALTER TABLE {each.table} {state} TRIGGER {trigger}")


def raced(ground: Ground, act: Callable[[], object], before: Callable[[], object] = lambda: None) -> Result:
    """``act`` with history against ``act`` without; ``before`` runs untimed ahead of each."""
    states = cycle(["DISABLE", "ENABLE"])

    def ready() -> None:
        before()
        switch(next(states))

    try:
        return ground.race(act, act, ready)
    finally:
        switch("ENABLE")


def browser(ground: Ground) -> tuple[Client, User]:
    ground.once("static files", lambda _ground: call_command("collectstatic", interactive=False, verbosity=0))
    user = User.objects.filter(email="history@bench.example").first() or User.objects.create_superuser(
        "history@bench.example", name="History"
    )
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=True)
    client.force_login(user)
    return client, user


def reading(ground: Ground) -> Callable[[], None]:
    """The act of opening the pages of ``TIMES`` customers."""
    ground.once(signals.NAME, signals.portfolio)
    client, _user = browser(ground)
    pks = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:TIMES])

    def read() -> None:
        for pk in pks:
            assert client.get(f"/customers/{pk}/").status_code == 200

    return read


def customer_page(ground: Ground) -> Result:
    return raced(ground, reading(ground))


def forecast_cell(ground: Ground) -> Result:
    ground.once(signals.NAME, signals.portfolio)
    client, user = browser(ground)
    customer = Customer.objects.order_by("pk").filter(contracts__isnull=False).first()
    assert customer is not None
    owner = customer.owner_id
    Customer.objects.filter(pk=customer.pk).update(owner=user)
    renewal = Renewal.objects.create(
        customer=customer,
        contract=customer.contracts.all()[0],
        term_number=99,
        due_on=DAY + dt.timedelta(days=60),
        arr=9,
        category="commit",
    )
    notes = cycle(["Sure", "Very sure"])

    def call() -> None:
        for _ in range(TIMES):
            answer = client.post(f"/renewals/{renewal.pk}/cell/note/", {"note": next(notes)})
            assert answer.status_code == 302, answer.content

    result = raced(ground, call)
    assert Entry.objects.filter(kind="renewal", object_id=renewal.pk, actor_id=user.pk).exists()
    renewal.delete()
    Customer.objects.filter(pk=customer.pk).update(owner=owner)
    return result


def import_rows(ground: Ground) -> Result:
    """The rows of usage that ``import_rows`` reads."""
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "usage.csv"
        bench_imports.make(path)
        result = raced(ground, lambda: bench_imports.take(path), bench_imports.clear)
        transaction.set_rollback(True)
    return result


def import_changes(ground: Ground) -> Result:
    """The worst of imports: a file that says something else of every customer it names."""
    ground.once(signals.NAME, signals.portfolio)
    pks = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:LOADED])
    keys = [ExternalKey(customer_id=pk, source="csv", external_id=f"H-{pk}") for pk in pks]
    ExternalKey.objects.bulk_create(keys, ignore_conflicts=True)
    words = cycle(["Printing", "Film", "Radio"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"

        def write() -> None:
            industry = next(words)
            lines = [f"H-{pk},Customer {pk},{industry}" for pk in pks]
            path.write_text("\n".join(["external_id,name,industry", *lines]) + "\n")
            signals.execute("TRUNCATE accounts_change")
            signals.execute("VACUUM accounts_customer")

        def take() -> None:
            (job,) = jobs(path, find("tsunagu"), TARGETS, rejects=path.with_suffix(".rejects"))
            report = load(job.path, job.file, job.target, day=DAY, rejects=job.rejects)
            assert report.rejected == 0, report

        result = raced(ground, take, write)
    ExternalKey.objects.filter(external_id__startswith="H-").delete()
    return result


def bulk_10k(ground: Ground) -> Result:
    ground.once(signals.NAME, signals.portfolio)
    owned = dict(Customer.objects.order_by("pk").values_list("pk", "owner")[:MOVED])
    listed = bench_bulk.array(owned)
    signals.execute(bench_bulk.FOLLOWING.format(day=f"DATE '{DAY}'", ids=listed))
    heirs = cycle(User.objects.filter(role="csm").order_by("-pk")[:4])

    def handed() -> None:
        moved = ownership.hand_over(list(owned), next(heirs), day=DAY, door=ownership.Door.PAGE)
        assert moved.customers == len(owned)

    def calm() -> None:
        signals.execute(bench_bulk.CALM)
        signals.execute(f"VACUUM {bench_bulk.WRITTEN}")

    # Some belong to the first heir already.
    ownership.hand_over(list(owned), next(heirs), day=DAY, door=ownership.Door.PAGE)
    result = raced(ground, handed, calm)
    signals.execute(bench_bulk.BACK.format(ids=listed, owners=bench_bulk.array(owned.values())))
    calm()
    return result


def recompute(ground: Ground) -> Result:
    ground.once(signals.NAME, signals.portfolio)
    start = Entry.objects.count()
    result = raced(
        ground,
        lambda: bench_recompute.full(bench_recompute.next_day(ground)),
        lambda: signals.execute("VACUUM accounts_customer, health_score, health_namedscore"),
    )
    assert Entry.objects.count() == start
    return result


def sweeps(ground: Ground) -> Result:
    """The night of a day that has had one: what it writes again is a sweep's own."""
    ground.once(signals.NAME, signals.portfolio)
    nights.run(DAY)
    nights.run(DAY)
    start = Entry.objects.count()
    result = raced(ground, lambda: [nights.run(DAY) for _ in range(3)])
    assert Entry.objects.count() == start
    return result


BENCHES = [
    Bench("history_customer_page", 1.10, 1.02, customer_page),
    Bench("history_cell", 1.10, 1.05, forecast_cell),
    Bench("history_import_rows", 1.10, 1.02, import_rows),
    Bench("history_import_changes", 1.30, 1.10, import_changes),
    Bench("history_bulk_10k", 1.10, 1.05, bulk_10k),
    Bench("history_recompute", 1.02, 1.01, recompute),
    Bench("history_sweeps", 1.02, 1.01, sweeps),
]
