"""Files of one import looked up in one another in the browser: by shipped mappings by themselves, by hand, with rejects."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.test import Client

from accounts.imports import drafting, mapping, requesting, running, saved
from accounts.imports.maps import Join
from accounts.models import Contract, ContractLine, Customer, ImportFile, ImportRun, SavedMapping, User
from tests.accounts.importing.runs import work, write
from tests.accounts.importing.test_drafts import admin as admin  # noqa: PLC0414 - the fixture
from tests.accounts.importing.test_drafts import begun, page, sent, text, upload
from tests.accounts.test_imports_joins import FILES
from tests.factories import DAY

pytestmark = pytest.mark.django_db
CUSTOMERS = "id,name\nC1,Acme\nC2,Beta\n"
ORDERS = "order_no,client,article,booked\nO1,C1,A1,2026-01-05\nO2,C2,A2,2026-02-01\nO3,C2,A9,2026-03-01\n"
ARTICLES = "nr;bezeichnung;preis\nA1;大きい;1200,50\nA2;中くらい;300,00\n"


def zipped(files: dict[str, str], folder: str = "") -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name, body in files.items():
            archive.writestr(folder + name, body)
    return content.getvalue()


def names(run: ImportRun) -> dict[str, int]:
    return {place["name"]: number for number, place in enumerate(run.places, 1)}


def previewed(client: Client, run: ImportRun) -> ImportRun:
    assert client.post(f"/import/runs/{run.pk}/preview/").status_code == 302
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("previewed", "")
    return run


def started(client: Client, run: ImportRun) -> ImportRun:
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("done", "")
    return run


def counted(run: ImportRun) -> dict[str, tuple[int, int, int]]:
    rows = ImportFile.objects.filter(run=run).order_by("position")
    return {row.name: (row.new, row.changed, row.rejected) for row in rows}


def test_a_zip_of_stripe_settles_by_itself_and_its_rejects_come_back_in(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(client, upload(admin, "stripe.zip", zipped(FILES, "export/")))
    assert drafting.open_files(run) == []
    run.refresh_from_db()
    imported = {place["name"] for place in run.places if place["mapping"]}
    assert imported == {"customer_data.csv", "subscription_item_data.csv"}
    shown = text(client.get(f"/import/runs/{run.pk}/files/?all=1"))
    assert shown.count("looked up by subscription_item_data.csv") == 3
    previewed(client, run)
    assert not Customer.objects.exists()
    assert counted(run) == {"customer_data.csv": (2, 0, 0), "subscription_item_data.csv": (3, 0, 2)}
    item = ImportFile.objects.get(run=run, name="subscription_item_data.csv")
    rejects = client.get(f"/import/runs/{run.pk}/rejects/{item.position}/").content.decode("utf-8-sig")
    head, *rows = csv.reader(StringIO(rejects))
    (row,) = [dict(zip(head, cells, strict=True)) for cells in rows if "P9" in cells]
    assert (row["subscription.customer_id"], row["plan.amount"]) == ("C1", "")
    row |= {"plan.amount": "700", "plan.currency": "usd", "plan.interval": "year", "plan.product_id": "R7"}
    fixed = StringIO()
    writer = csv.DictWriter(fixed, head)
    writer.writeheader()
    writer.writerow(row)
    body = BytesIO(fixed.getvalue().encode())
    body.name = "rejects-subscription_item_data.csv"
    client.post(f"/import/runs/{run.pk}/correct/{item.position}/", {"file": body})
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("previewed", "")
    began: list[int] = []
    telling = running.Telling
    monkeypatch.setattr(running, "Telling", lambda *args: began.append(args[1]) or telling(*args))
    started(client, run)
    assert [counted(run)[name] for name in sorted(counted(run))] == [(2, 0, 0), (1, 0, 0), (3, 0, 2)]
    # Rows of the other files count as read once their file is in, too: progress never falls.
    others = sum(FILES[name].count("\n") - 1 for name in FILES.keys() - imported)
    assert began == [0, 2, 2 + 6 + others]
    lines = ContractLine.objects.order_by("product").values_list("product", "annual_amount")
    # 1,200.00 a quarter; the corrected row; 50.00 a year; 10.00 a month for two.
    amounts = {"Gold": Decimal(4800), "R7": Decimal(7), "R9": Decimal(50), "Suite": Decimal(240)}
    assert dict(lines) == amounts


def test_a_file_whose_other_is_missing_says_so_and_is_not_guessed(client: Client, admin: User) -> None:
    files = [upload(admin, name, body) for name, body in FILES.items() if name != "subscription_data.csv"]
    run = begun(client, *files)
    number = names(run)["subscription_item_data.csv"]
    assert number in drafting.open_files(run)
    shown = text(client.get(page(run, number)))
    assert "looks its rows up in subscription_data.csv, which is not there" in shown
    # One that goes after it was settled is missed, too.
    whole = begun(client, *(upload(admin, name, body) for name, body in FILES.items()))
    client.post(f"/import/runs/{whole.pk}/files/{names(whole)['plan_data.csv']}/leave-out/")
    whole.refresh_from_db()
    assert drafting.open_files(whole) == [names(whole)["subscription_item_data.csv"]]
    refused = client.post(f"/import/runs/{whole.pk}/preview/", follow=True)
    assert "needs plan_data.csv, in which its rows are looked up" in text(refused)
    # The corrected rows of a file are not the whole of it.
    item = whole.places[names(whole)["subscription_item_data.csv"] - 1]
    whole.places.append({"name": "plan_data.csv", "corrects": "1/"})
    assert drafting.lacking(whole, item) == ["plan_data.csv"]


def test_somebody_looks_rows_up_by_hand_and_saves_that(client: Client, admin: User) -> None:
    """The other file is CP932 with ; and decimal commas: as it is recognised, whatever the file is whose rows are looked up."""
    articles = ARTICLES.encode("cp932")
    run = begun(
        client,
        upload(admin, "customers.csv", CUSTOMERS),
        upload(admin, "orders.csv", ORDERS),
        upload(admin, "articles.csv", articles),
    )
    own = names(run)["orders.csv"]
    client.post(page(run, own), sent(client, run, own, into="contracts", by="") | {"again": "1"})
    first = sent(client, run, own) | {
        "c-0-field": "external_id",
        "c-1-field": "customer",
        "c-2-field": "",
        "c-3-field": "starts_on",
    }
    # Nothing goes on before the columns of the other file were shown.
    early = client.post(page(run, own), first | {"j-0-file": "articles.csv", "next": "1"})
    assert early.status_code == 422
    assert "stand below now: say which fields they fill" in text(early)
    client.post(page(run, own), first | {"j-0-file": "articles.csv", "again": "1"})
    setup = client.get(page(run, own)).context["setup"]
    # The match is proposed by the values; what was chosen of the file's own columns stays.
    (look,) = setup.looks
    assert look.join == Join("articles.csv", "article", "nr", "articles")
    assert setup.columns["c-1-field"].value() == "customer"
    assert [column.name for column in setup.columns.columns][4:] == ["articles.bezeichnung", "articles.preis"]
    shown = text(client.get(page(run, own)))
    assert "大きい" in shown
    data = sent(client, run, own) | {"j-0-file": "articles.csv", "j-0-by": "article", "j-0-key": "nr", "j-0-none": ""}
    data |= {"c-4-field": "product", "c-5-field": "annual_amount", "source": "shop", "d-currency": "EUR"}
    kept = client.post(page(run, own), data | {"save": "1", "name": "Shop"})
    assert kept.status_code == 302, [
        form.errors for form in (kept.context["setup"].reading, kept.context["setup"].columns)
    ]
    toml = SavedMapping.objects.get(name="Shop").toml
    (file,) = mapping.parse(toml, "Shop").files
    assert file.joins == (look.join,)
    assert "articles.bezeichnung" not in file.ignore
    assert client.get(f"{page(run, own)}mapping.toml").content.decode().count("[[file.join]]") == 1
    client.post(page(run, own), data | {"next": "1"})
    run.refresh_from_db()
    assert drafting.open_files(run) == []
    customers = names(run)["customers.csv"]
    client.post(page(run, customers), sent(client, run, customers, source="shop") | {"next": "1"})
    run.refresh_from_db()
    started(client, previewed(client, run))
    assert counted(run) == {"customers.csv": (2, 0, 0), "orders.csv": (2, 0, 1)}
    lines = ContractLine.objects.order_by("contract__external_id").values_list(
        "contract__external_id", "product", "annual_amount"
    )
    assert list(lines) == [("O1", "大きい", Decimal("1200.50")), ("O2", "中くらい", Decimal(300))]
    # The next files of these names settle by the saved mapping, and the table in which rows are looked up is none of its own.
    again = begun(client, upload(admin, "orders.csv", ORDERS), upload(admin, "articles.csv", articles))
    again.refresh_from_db()
    assert [(place["title"], place["into"]) for place in again.places] == [("Shop", "contracts"), ("", "")]
    previewed(client, again)
    assert counted(again) == {"orders.csv": (0, 0, 1)}
    assert Contract.objects.count() == 2


TICKETS = "id,is_deleted,property_createdate,property_subject,property_hs_ticket_priority\nT1,false,2026-11-02 09:30:00,Export,HIGH\nT2,false,2026-11-03 09:30:00,Seats,\n"


def test_hubspot_tickets_find_their_companies_and_wait_for_them(client: Client, admin: User) -> None:
    companies = upload(admin, "company_data.csv", "id,is_deleted,property_name\n7,false,Acme\n")
    tickets = upload(admin, "ticket_data.csv", TICKETS)
    alone = begun(client, companies, tickets)
    assert drafting.open_files(alone) == [2]
    assert "looks its rows up in ticket_company_data.csv, which is not there" in text(client.get(page(alone, 2)))
    table = upload(admin, "ticket_company_data.csv", "ticket_id,company_id\nT1,7\nT3,7\n")
    run = begun(client, companies, tickets, table)
    started(client, previewed(client, run))
    # The company of T2 nobody says.
    assert counted(run) == {"company_data.csv": (1, 0, 0), "ticket_data.csv": (1, 0, 1)}


def test_files_of_one_request_with_one_mapping_are_looked_up_in_one_another(admin: User) -> None:
    rows = [upload(admin, name, body) for name, body in FILES.items()]
    run = requesting.begin(rows, saved.shipped_text("stripe"), "stripe", admin, DAY)
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("previewed", "")
    assert counted(run) == {"customer_data.csv": (2, 0, 0), "subscription_item_data.csv": (3, 0, 2)}


WON = """source = "shop"
[[file]]
name = "order_items.csv"
into = "customers"
only = { "orders.status" = "won", region = "JP" }
[[file.join]]
file = "orders.csv"
by = "order"
key = "nr"
called = "orders"
[file.fields]
external_id = "item"
name = "item"
"""


def test_what_is_looked_up_and_not_found_is_refused_and_what_is_left_out_is_counted(
    client: Client, admin: User, tmp_path: Path
) -> None:
    """Of a row that names an unknown order nobody knows whether it was won; its own region says enough."""
    items = "item,order,region\nI1,O1,JP\nI2,O2,JP\nI3,O9,JP\nI4,O9,US\nI5,O3,JP\n"
    rows = write(tmp_path / "in", {"order_items.csv": items, "orders.csv": "nr,status\nO1,won\nO2,lost\nO3,\n"})
    run = requesting.begin([rows], WON, "won.toml", admin, DAY)
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("previewed", "")
    file = ImportFile.objects.get(run=run)
    assert (file.rows, file.new, file.rejected, file.skipped, file.unchanged) == (5, 1, 1, 3, 0)
    rejects = client.get(f"/import/runs/{run.pk}/rejects/{file.position}/").content.decode()
    assert "“O9” is in no row of orders.csv" in rejects
    assert ("I3" in rejects, "I4" in rejects) == (True, False)
    assert "and 3 left out" in text(client.get(f"/import/runs/{run.pk}/"))
