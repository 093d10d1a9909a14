"""Remarks of the issue's list, each on a real file: counted, with its rows and what to do, in preview, report, page and command."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils.html import escape

from accounts.imports.mapping import OWN_NAMES
from accounts.imports.two_orders import is_swappable
from accounts.models import Contact, Customer, ExternalKey, ImportFile, ImportRun, Organisation, User
from accounts.views.imports.remarks import of_file
from tests.accounts.importing.runs import imported, previewed, write
from tests.factories import organisation, user

pytestmark = pytest.mark.django_db
FIRST = {
    "customers.csv": "external_id,name,domain\nA1,Acme,acme.example\nB2,Beta,\nC3,Cela,\nD4,Dino,\n",
    "contacts.csv": "external_id,customer,name,roles\nP1,A1,Ann,champion\nP2,A1,Bob,user\n",
    "contracts.csv": "external_id,customer,starts_on,ends_on,product,annual_amount\n"
    "K1,A1,2025-01-01,2026-01-01,Suite,12000\nK3,C3,2026-02-01,,Suite,100\n",
}
# D4 is gone, E5 is Acme's domain, F6 is Beta with another legal form, and nobody knows Kim.
LATER = {
    "customers.csv": "external_id,name,domain,owner\nA1,Acme,acme.example,\nB2,Beta,,kim@x.example\nC3,Cela,,\n"
    "E5,Acme Europe,www.acme.example,Kim\nF6,Beta Inc.,,\n",
    "contacts.csv": "external_id,customer,name,roles\nP1,A1,Ann,user\nP2,A1,Bob,user\n",
    "contracts.csv": "external_id,customer,starts_on,ends_on,product,annual_amount,currency\n"
    "K1,A1,01/01/2025,01/01/2026,Suite,12000,\nK2,A1,02/01/2026,01/01/2027,Suite,12000.005,EUR\n",
}
READ = '[formats]\ndates = ["%d/%m/%Y"]\nround = true\n'


@pytest.fixture
def admin() -> User:
    organisation()
    return user("admin", name="Ren Admin")


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """The mapping of our own names, with days in the order of Europe."""
    path = tmp_path / "europe.toml"
    path.write_text(OWN_NAMES.read_text().replace("\n[[file]]", f"\n{READ}\n[[file]]", 1))
    return path


def told(run: ImportRun) -> dict[str, tuple[int, list[Any]]]:
    """(count, rows) by kind."""
    return {
        remark["kind"]: (remark["count"], remark["rows"])
        for file in run.files.order_by("position")
        for remark in file.remarks
    }


SAID = {
    "owners": (2, [[3, "kim@x.example"], [5, "Kim"]]),
    "twins": (2, [[5, "Acme Europe = Acme (same domain)"], [6, "Beta Inc. = Beta (same name)"]]),
    "roles": (1, [[2, "Ann: Champion → End user"]]),
    "followers": (1, [[3, "K1 → K2"]]),
    "last_days": (1, [[2, "K1 2026-01-01 → K2 2026-01-02"]]),
    "rateless": (1, [[3, "EUR"]]),
    "dates": (1, [[3, "2026-01-02 (2026-02-01?)"]]),
    "rounded": (1, [[None, "12000.005 → 12000.01"]]),
    "gone": (1, [[None, "D4 Dino"]]),
    "missing": (1, [[None, "K3 Cela"]]),
}


def test_each_remark_is_counted_opens_on_its_rows_and_says_what_to_do(
    admin: User,
    tmp_path: Path,
    mapping: Path,
    client: Client,
) -> None:
    imported(write(tmp_path / "first", FIRST), by=admin)
    folder = write(tmp_path / "later", LATER)
    run = previewed(folder, by=admin, mapping=mapping)
    found = told(run)
    assert found == SAID
    assert not Customer.objects.filter(name="Beta Inc.").exists()
    client.force_login(admin)
    page = client.get(f"/import/runs/{run.pk}/?rows=remark").content.decode()
    left_out = client.get(f"/import/runs/{run.pk}/?rows=cells").content.decode()
    assert ("kim@x.example" in left_out, 'data-remark="owners"' in left_out) == (True, False), (
        "listed under its own name"
    )
    tally = {key: number for key, _words, _tone, number in client.get(f"/import/runs/{run.pk}/").context["tally"]}
    files = list(run.files.all())
    assert (tally["remark"], tally["cells"]) == (
        sum(len(file.notes) for file in files),
        sum(file.unread for file in files),
    )
    for kind, (_count, rows) in SAID.items():
        assert f'data-remark="{kind}"' in page
        assert all(escape(text) in page for _line, text in rows), kind
    assert "Compare them under Possible twins" in page
    run = imported(folder, by=admin, mapping=mapping)
    assert told(run) == SAID, "the report says the same"


def test_the_command_says_them_and_a_second_time_what_still_holds(
    admin: User,
    tmp_path: Path,
    mapping: Path,
) -> None:
    imported(write(tmp_path / "first", FIRST), by=admin)
    folder = write(tmp_path / "later", LATER)
    out = StringIO()
    call_command("import_data", folder, mapping=str(mapping), rejects=tmp_path / "no.csv", stdout=out)
    said = out.getvalue()
    for sentence in (
        "2 new customers may be ones that are there under other ids: compare them under Possible twins",
        "2 rows name owners nobody knows",
        "1 contact changes roles",
        "1 begins where another of the same customer ends: if it renews that one",
        "ends_on: 1 contract ends a day before another of its customer begins: if the column names the last day of each, say last_day",
        "1 row is in a currency without a rate (EUR)",
        "starts_on: 1 day can be read in two orders",
        "annual_amount: 1 amount was rounded: “",
        "1 customer of this source is not in the file: kept as it was",
    ):
        assert sentence in said
    again = told(imported(folder, by=admin, mapping=mapping))
    assert again.keys() == {"owners", "followers", "last_days", "rateless", "dates", "rounded", "gone", "missing"}


@pytest.mark.parametrize(
    ("name", "domain", "twins"),
    [
        ("株式会社アクメ", "", 0),
        ("ＡＣＭＥ", "", 1),
        ("Acme GmbH", "", 1),
        ("Other", "https://www.ACME.example/jp", 1),
        ("Other", "gmail.com", 0),
        ("Other", "", 0),
    ],
)
def test_twins_are_seen_in_any_writing(admin: User, tmp_path: Path, name: str, domain: str, twins: int) -> None:
    imported(write(tmp_path / "first", FIRST), by=admin)
    Customer.objects.create(name="Mail", domain="gmail.com")
    run = previewed(
        write(tmp_path / "in", {"customers.csv": f"external_id,name,domain\nX,{name},{domain}\n"}), by=admin
    )
    assert told(run).get("twins", (0, []))[0] == twins


def test_who_was_merged_is_nobodys_twin(admin: User, tmp_path: Path) -> None:
    merged, _live, other = (Customer.objects.create(name=name) for name in ("Dup", "Dup KK", "Other"))
    Customer.objects.filter(pk=merged.pk).update(merged_into=other)
    run = previewed(write(tmp_path / "in", {"customers.csv": "external_id,name\nX,Dup Inc.\n"}), by=admin)
    assert told(run)["twins"] == (1, [[2, "Dup Inc. = Dup KK (same name)"]])


def test_many_who_share_a_word_are_no_twins_and_who_came_alone_is_not_gone(admin: User, tmp_path: Path) -> None:
    text = "external_id,name,domain\n" + "".join(f"S{n},Shop {n},mall.example\n" for n in range(11))
    assert told(imported(write(tmp_path / "in", {"customers.csv": text}), by=admin)) == {}
    few = "external_id,name\nS1,Shop 1\n"
    assert "gone" not in told(previewed(write(tmp_path / "few", {"customers.csv": few}), by=admin))
    two = "external_id,name,domain\nT1,Twin,t.example\nT2,Twin KK,t.example\nT3,Tri,t.example\n"
    assert told(previewed(write(tmp_path / "two", {"customers.csv": two}), by=admin))["twins"] == (
        2, [[3, "Twin KK = Twin (same domain)"], [4, "Tri = Twin (same domain)"]],
    )  # fmt: skip


def test_days_that_another_day_of_the_column_settles_are_not_remarked(
    admin: User, tmp_path: Path, mapping: Path
) -> None:
    imported(write(tmp_path / "first", {"customers.csv": FIRST["customers.csv"]}), by=admin)
    head = "external_id,customer,starts_on,product,annual_amount\n"
    for days, count in ((("01/02/2026", "13/02/2026"), 0), (("01/02/2026", "03/03/2026"), 1), (("05/05/2026",), 0)):
        rows = "".join(f"K{n},A1,{day},Suite,10\n" for n, day in enumerate(days))
        run = previewed(
            write(tmp_path / str(len(days) + count), {"contracts.csv": head + rows}), by=admin, mapping=mapping
        )
        assert told(run).get("dates", (0, []))[0] == count
    head = head.replace("starts_on", "starts_on,ends_on")
    for end, count in (("31/01/2027", 0), ("01/02/2027", 2)):
        file = {"contracts.csv": f"{head}K1,A1,01/02/2026,{end},Suite,10\n"}
        run = previewed(write(tmp_path / end[:2], file), by=admin, mapping=mapping)
        found = [remark for one in run.files.all() for remark in one.remarks if remark["kind"] == "dates"]
        assert len(found) == count
        said = "1 day can be read in two orders, and no other day of the column says which is meant; it is read with the day first, as 28/11/2026"
        assert {remark["text"].partition(": ")[2] for remark in found} <= {said}


@pytest.mark.parametrize(
    ("read", "rows", "expected"),
    [
        ('"ends_on"', "K1,A1,2025-01-01,2025-12-31,,Suite,9\nK2,A1,2026-01-01,2026-12-31,,Suite,9\n", (1, "K1 2025-12-31 → K2 2026-01-01")),
        ('{ column = "ends_on", last_day = true }', "K1,A1,2025-01-01,2025-12-31,,Suite,9\nK2,A1,2026-01-01,2026-12-31,,Suite,9\n", None),
        ('"ends_on"', "K1,A1,2025-01-01,2025-12-31,,Suite,9\nK2,A1,2025-12-31,,,Suite,9\nK3,A1,2026-01-01,,,Suite,9\n", None),
        ('"ends_on"', "K1,A1,2025-01-01,2025-12-31,,Suite,9\nK2,C3,2026-01-01,2026-12-31,,Suite,9\n", None),
        ('"ends_on"', "K1,A1,2025-01-01,2025-12-31,,Suite,9\nK2,A1,2026-01-01,,,Suite,9\nK3,B2,2025-01-01,2026-01-01,,Suite,9\nK4,B2,2026-01-01,,,Suite,9\n", None),
        ('"ends_on"', "K1,A1,2025-01-01,2025-12-31,,Suite,9\nK2,A1,2026-01-01,,,Suite,9\nK3,B2,2025-01-01,2026-01-01,,Suite,9\nK4,B2,2026-01-01,,,Suite,9\nK5,C3,2025-01-01,2025-12-31,,Suite,9\nK6,C3,2026-01-01,,,Suite,9\n", (2, "K1 2025-12-31 → K2 2026-01-01")),
        ('"ends_on"', "K1,A1,2025-01-01,2027-01-01,2025-12-31,Suite,9\nK2,A1,2026-01-01,,,Suite,9\n", (1, "K1 2025-12-31 → K2 2026-01-01")),
    ],
    ids=["a day is missing", "the last day is said", "another begins on the end", "of another customer", "as many meet", "half as many meet", "the real end"],
)  # fmt: skip
def test_ends_that_may_be_last_days(admin: User, tmp_path: Path, read: str, rows: str, expected: Any) -> None:
    """Also where a rule says what follows, which settles the renewal, not the end."""
    imported(write(tmp_path / "first", {"customers.csv": FIRST["customers.csv"]}), by=admin)
    before, contracts = OWN_NAMES.read_text().split('into = "contracts"\n')
    rule = tmp_path / "rule.toml"
    contracts = contracts.replace('\nends_on = "ends_on"', f"\nends_on = {read}", 1)
    rule.write_text(f'{before}into = "contracts"\nfollows = "customer"\n{contracts}')
    head = "external_id,customer,starts_on,ends_on,ended_on,product,annual_amount\n"
    run = previewed(write(tmp_path / "in", {"contracts.csv": head + rows}), by=admin, mapping=rule)
    found = told(run).get("last_days")
    assert (found and (found[0], found[1][0])) == (expected and (expected[0], [2, expected[1]]))


@pytest.mark.parametrize(
    ("pattern", "is_so"),
    [("%d/%m/%Y", True), ("%m-%d-%y", True), ("%-d.%-m.%Y %H:%M", True), ("%Y-%m-%d", False), ("%d %b %Y", False), ("iso", False)],
)  # fmt: skip
def test_orders_that_can_be_mistaken(pattern: str, *, is_so: bool) -> None:
    assert is_swappable(pattern) == is_so


def test_who_is_out_of_sight_is_not_named(admin: User, tmp_path: Path) -> None:
    """A CSM learns nothing of others' customers by the names of a file."""
    Organisation.objects.update(importers=["csm"])
    lea = user("csm", name="Lea")
    Customer.objects.create(name="Secret", domain="secret.example", owner=user("csm", name="Other"))
    Customer.objects.create(name="Own", domain="own.example", owner=lea)
    text = "external_id,name,domain\nN1,New,secret.example\nN2,New 2,own.example\n"
    run = previewed(write(tmp_path / "in", {"customers.csv": text}), by=lea)
    assert told(run)["twins"] == (1, [[3, "New 2 = Own (same domain)"]])


def test_roles_of_contacts_known_by_another_key(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "first", FIRST), by=admin)
    Contact.objects.get(name="Ann").keys.create(source="csv", external_id="P9")
    text = "external_id,customer,name,roles\nP9,A1,Ann,buyer;champion\n"
    run = previewed(write(tmp_path / "in", {"contacts.csv": text}), by=admin)
    assert told(run)["roles"] == (1, [[2, "Ann: Champion → Economic buyer, Champion"]])
    assert ExternalKey.objects.filter(source="csv").count() == 4


def test_days_that_the_import_fills_in_say_nothing_of_their_order(admin: User, tmp_path: Path, mapping: Path) -> None:
    """The file's one day reads in two orders; its empty cell gets the day of the import, whichever that is."""
    imported(write(tmp_path / "first", {"customers.csv": FIRST["customers.csv"]}), by=admin)
    text = "external_id,customer,name,state,state_on\nP1,A1,Ann,active,02/01/2026\nP2,A1,Bob,active,\n"
    run = previewed(write(tmp_path / "in", {"contacts.csv": text}), by=admin, mapping=mapping)
    assert told(run)["dates"] == (1, [[2, "2026-01-02 (2026-02-01?)"]])


def test_who_may_not_go_where_a_remark_leads_has_no_link() -> None:
    rows: list[list[Any]] = [[2, "EUR"]]
    remark = {"kind": "rateless", "count": 1, "text": "1 row", "advice": "enter a rate", "rows": rows}
    other = remark | {"rows": [[3, "CHF"]]}
    run = ImportRun()
    file = ImportFile(run=run, notes=["1 row: enter a rate", "else", "1 row: enter a rate"], remarks=[remark, other])
    twins = ImportFile(run=run, notes=["2"], remarks=[remark | {"kind": "twins", "text": "2", "advice": ""}])
    for role, has_rates, has_twins in (("admin", True, True), ("manager", False, True), ("csm", False, False)):
        somebody = user(role)
        found = of_file(file, somebody)
        assert [bool(one.get("url")) for one in found] == [has_rates, False, has_rates]
        assert [one.get("rows") for one in found] == [rows, None, [[3, "CHF"]]]
        assert str(found[0]["advice"]).startswith("enter" if has_rates else "an admin enters")
        assert bool(of_file(twins, somebody)[0]["url"]) is has_twins


def test_an_id_made_although_a_part_of_it_is_empty_is_remarked(admin: User, tmp_path: Path) -> None:
    files = {
        "customers.csv": FIRST["customers.csv"],
        "items.csv": "order,pos,who,on\nO1,1,A1,2026-01-01\n,2,A1,2026-01-02\n,3,B2,2026-01-03\n",
    }
    mapping = tmp_path / "made.toml"
    made = (
        '[[file]]\nname = "items.csv"\ninto = "contracts"\n[file.fields]\nexternal_id = { columns = ["order", "pos"], join = "/" }\n'
        'customer = "who"\nstarts_on = "on"\nproduct = { constant = "Suite" }\nannual_amount = { constant = "1" }\n'
    )
    of_customers = '[[file]]\nname = "customers.csv"\ninto = "customers"\nignore = ["domain"]\n[file.fields]\nexternal_id = "external_id"\nname = "name"\n'
    mapping.write_text(f'source = "csv"\n{of_customers}{made}')
    run = previewed(write(tmp_path / "made", files), by=admin, mapping=mapping)
    assert told(run)["made_ids"] == (2, [[3, "2"], [4, "3"]])
    (sentence,) = [note for file in run.files.all() for note in file.notes if "although" in note]
    assert sentence.startswith("order + pos: 2 ids are made although one of the cells is empty: rows that differ")
    mapping.write_text(mapping.read_text().replace('join = "/"', "first = true"))
    assert "made_ids" not in told(previewed(tmp_path / "made", by=admin, mapping=mapping))
