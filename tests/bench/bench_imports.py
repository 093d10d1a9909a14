"""``import_rows``: a CSV of usage read, checked and upserted, against COPY of the same rows.

``import_contracts``: contracts of a line each, the same way, against COPY of the contracts and their lines.
``preview_rows``: the same file previewed, against its import. ``undo_rows``: 100,000 contacts of one import taken out of the
record, against the import itself.
"""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from pathlib import Path
from statistics import median

from django.db import connection, transaction

from accounts.imports import taking
from accounts.imports.folders import jobs
from accounts.imports.loading import load
from accounts.imports.mapping import find
from accounts.imports.previewing import preview
from accounts.imports.targets import TARGETS
from accounts.imports.undoing import undo
from accounts.models import Contact, Customer, ExternalKey, ImportFile, ImportRun
from health.models import Feature
from tests.bench.ground import DAY, Bench, Ground, Result, timed

ROWS = 100_000
CUSTOMERS = 5_000
FEATURES = 40
SOURCE = "csv"
FIRST = 900_000_000
COLUMNS = "customer_id, source, message_id, digest, day, feature_id, users, uses, seconds, errors"

CONTRACT_COLUMNS = "id, customer_id, source, external_id, starts_on, term_months, notice_days, auto_renews, is_trial, currency, source_said"
LINE_COLUMNS = "contract_id, product, starts_on, quantity, annual_amount, discount_percent"


def import_rows(ground: Ground) -> Result:
    """Rows a second of ours over those of the floor. Leaves nothing behind: all is rolled back."""
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "usage.csv"
        copied = make(path)
        seconds = ground.race(lambda: take(path), lambda: copy(copied), before=clear)
        transaction.set_rollback(True)
    return Result(ROWS / seconds.ours, ROWS / seconds.floor, unit="rows/s")


def make(path: Path) -> bytes:
    """Write the CSV; return the same rows as COPY takes them. Customers and features are there already."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    owners = Customer.objects.bulk_create(Customer(name=f"Customer {n}") for n in range(CUSTOMERS))
    ExternalKey.objects.bulk_create(
        ExternalKey(customer=one, source=SOURCE, external_id=f"A-{n:05}") for n, one in enumerate(owners)
    )
    features = Feature.objects.bulk_create(Feature(key=f"bench_{n}", name=f"Bench {n}") for n in range(FEATURES))
    lines = []
    with path.open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["external_id", "customer", "day", "feature", "users", "uses", "seconds", "errors"])
        for n in range(ROWS):
            day = DAY - dt.timedelta(days=n % 90)
            feature, counts = features[n % FEATURES], (n % 7, n % 50, n % 3_000, n % 2)
            out.writerow([f"U-{n:08}", f"A-{n % CUSTOMERS:05}", day, feature.key, *counts])
            cells = [owners[n % CUSTOMERS].pk, SOURCE, f"U-{n:08}", f"{n:032x}", day, feature.pk, *counts]
            lines.append("\t".join(map(str, cells)))
    return ("\n".join(lines) + "\n").encode()


def import_contracts(ground: Ground) -> Result:
    """Rows a second of ours over those of the floor. Leaves nothing behind: all is rolled back."""
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        make(Path(folder) / "usage.csv")
        path = Path(folder) / "contracts.csv"
        contracts, lines = make_contracts(path)

        def copied() -> None:
            copy(contracts, "accounts_contract", CONTRACT_COLUMNS)
            copy(lines, "accounts_contractline", LINE_COLUMNS)

        seconds = ground.race(lambda: take(path), copied, before=clear_contracts)
        transaction.set_rollback(True)
    return Result(ROWS / seconds.ours, ROWS / seconds.floor, unit="rows/s")


def make_contracts(path: Path) -> tuple[bytes, bytes]:
    """Write the CSV; return the rows of both tables as COPY takes them."""
    owners = dict(ExternalKey.objects.filter(source=SOURCE).values_list("external_id", "customer_id"))
    contracts, lines = [], []
    with path.open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["external_id", "customer", "starts_on", "term_months", "notice_days", "product", "annual_amount"])
        for n in range(ROWS):
            customer, starts_on, amount = f"A-{n % CUSTOMERS:05}", DAY - dt.timedelta(days=n % 360), 100 + n % 9_000
            out.writerow([f"K-{n:06}", customer, starts_on, 12, 30, f"Plan {n % FEATURES}", amount])
            said = [starts_on, 12, 30, "f", "f", "USD", "{}"]
            contracts.append("\t".join(map(str, [FIRST + n, owners[customer], SOURCE, f"K-{n:06}", *said])))
            lines.append("\t".join(map(str, [FIRST + n, f"Plan {n % FEATURES}", starts_on, 1, amount, 0])))
    return tuple(("\n".join(rows) + "\n").encode() for rows in (contracts, lines))  # type: ignore[return-value]


def clear_contracts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_contract, accounts_contractline, accounts_change CASCADE")


def clear() -> None:
    """Empty tables with statistics for both, so that every round meets the same ground."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE health_usagerecord, health_rollupmark, accounts_change")


def take(path: Path) -> None:
    (job,) = jobs(path, find("tsunagu"), TARGETS, rejects=path.with_suffix(".rejects"))
    report = load(job.path, job.file, job.target, day=DAY, rejects=job.rejects)
    assert (report.new, report.rejected) == (ROWS, 0)


def copy(rows: bytes, table: str = "health_usagerecord", columns: str = COLUMNS) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as stream:
        for at in range(0, len(rows), 1 << 18):
            stream.write(rows[at : at + (1 << 18)])


def preview_rows(ground: Ground) -> Result:
    """Seconds of a preview over those of the import of the same rows. Leaves nothing behind."""
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "usage.csv"
        make(path)
        (job,) = jobs(path, find("tsunagu"), TARGETS, rejects=path.with_suffix(".rejects"))
        run = ImportRun.objects.create(title="bench", day=DAY)
        result = ground.race(
            lambda: preview(run, [job], DAY, lambda _job, _rows: None),
            lambda: taking.take(run, 1, job, DAY, lambda _rows: None, written=True),
            before=clear,
        )
        transaction.set_rollback(True)
    return result


def undo_rows(ground: Ground) -> Result:
    """Seconds of the undo over those of the import of 100,000 contacts. Leaves nothing behind."""
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        make(Path(folder) / "usage.csv")
        path = Path(folder) / "contacts.csv"
        lines = (f"P-{n:06},A-{n % CUSTOMERS:05},Person {n}" for n in range(ROWS))
        path.write_text("\n".join(["external_id,customer,name", *lines]))
        (job,) = jobs(path, find("tsunagu"), TARGETS, rejects=path.with_suffix(".rejects"))
        run = ImportRun.objects.create(title="bench", day=DAY)
        times: dict[str, list[float]] = {"undo": [], "import": []}
        for _round in range(ground.rounds):
            times["import"].append(timed(lambda: taking.take(run, 1, job, DAY, lambda _rows: None, written=True)))
            file = ImportFile.objects.get(run=run)
            times["undo"].append(timed(lambda: undo(file, None, DAY, [file.act or 0], f"undo:{run.pk}")))  # noqa: B023  called at once
        assert not Contact.objects.filter(source=SOURCE).exists()
        transaction.set_rollback(True)
    return Result(median(times["undo"]), median(times["import"]))


BENCHES = [
    Bench("import_rows", target=0.1, stretch=0.25, run=import_rows, better="higher"),
    Bench("import_contracts", target=0.1, stretch=0.25, run=import_contracts, better="higher"),
    Bench("preview_rows", target=1.5, stretch=1.1, run=preview_rows),
    Bench("undo_rows", target=5, stretch=1, run=undo_rows),
]
