"""Rows of the record as CSV over the API: out as `manage.py export_record` writes them, and in again."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.management import call_command

from accounts.imports.targets import TARGETS
from accounts.models import Contact, Customer
from tests import tables
from tests.accounts.test_record_api import ROOT, bulk, statuses
from tests.accounts.test_record_reading import RECORD, fill
from tests.factories import organisation, user
from tests.problems import told

pytestmark = pytest.mark.django_db
CSV = "text/csv"
# An export gives fields that the rows did not: of them the source has said something now, and was heard.
BESIDE = {"history_entry", "limits_counter", "once_answered", "accounts_word", "accounts_source"}


@pytest.fixture(autouse=True)
def admin(client):
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def send(client, target, text, **query):
    address = f"{ROOT}{target}/bulk/"
    return client.post(address, text, CSV, query_params={"source": "crm"} | query)


def get(client, target, **query):
    return client.get(f"{ROOT}{target}/", {"source": "crm"} | query, headers={"accept": CSV})


def test_an_export_comes_in_again_and_changes_nothing(client, admin, tmp_path):
    """The columns are those of the command's files, whatever the target."""
    fill(client)
    bulk(client, "customers", [{"external_id": "C1", "name": "Acme", "attributes": {"tier": "=1+1", "plan": "gold"}},
                               {"external_id": "C3", "name": '-Dash, "quoted"\u3000', "attributes": {"note": "x"}}])  # fmt: skip
    call_command("export_record", str(tmp_path), source="crm", user=admin.email)
    for target in TARGETS:
        answer = get(client, target)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8"), target
        header = next(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        if (file := tmp_path / f"{target}.csv").exists():
            assert header == next(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig")))), target
            assert answer.content == file.read_bytes(), target
    before = tables.rows(without=BESIDE)
    for target in TARGETS:
        source = send(client, target, get(client, target).content)
        assert source.status_code == 200, (target, source.content)
        assert set(statuses(source)) == {"unchanged"}, (target, source.json()["rows"])
    after = tables.rows(without=BESIDE)
    assert sorted({table for table, _row in (after - before) + (before - after)}) == []


def test_what_people_typed_goes_out_by_the_number_of_the_customer_and_comes_in_again(client, admin, tmp_path):
    """The lines that changed on a day, too: none of it makes a second row."""
    whose = f"id:{Customer.objects.create(name='Acme').pk}"
    rows = {
        name: RECORD[name] for name in ("contacts", "contracts", "objectives", "outcomes", "invoices", "touchpoints")
    }
    for target, given in rows.items():
        named = [row | {"customer": whose} if "customer" in row else row for row in given]
        assert statuses(bulk(client, target, named, "typed")) == ["created"], target
    dearer = rows["contracts"][0] | {"customer": whose, "annual_amount": "1500.00"}
    assert statuses(bulk(client, "contracts", [dearer], "typed")) == ["changed"]
    call_command("export_record", str(tmp_path), source="typed", user=admin.email)
    assert whose in (tmp_path / "invoices.csv").read_text(encoding="utf-8-sig")
    before = tables.rows(without=BESIDE)
    for target in rows:
        answer = send(client, target, (tmp_path / f"{target}.csv").read_bytes(), source="typed")
        assert set(statuses(answer)) == {"unchanged"}, (target, answer.json()["rows"])
    after = tables.rows(without=BESIDE)
    assert sorted({table for table, _row in (after - before) + (before - after)}) == []


def test_pages_name_the_next_one_and_problems_stay_json(client):
    bulk(client, "customers", [{"external_id": f"C{n}", "name": f"N{n}"} for n in range(3)])
    answer = get(client, "customers", page_size=2, ordering="-name")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["external_id"] for row in rows] == ["C2", "C1"]
    following = answer.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')
    assert "Until" in answer.headers
    last = client.get(following, headers={"accept": CSV})
    assert ("C0" in last.text, "Link" in last.headers) == (True, False)
    assert list(told(get(client, "customers", colour="red"))) == ["colour"]
    assert client.get("/api/v1/customers/", headers={"accept": CSV}).status_code == 406


def test_each_row_has_its_status(client):
    text = 'external_id,name,employees,tags\r\nC1,Acme,40,"a\nb"\r\n\r\nC2,Cedar\r\nC3,,7,\r\nC4,Doe,many,\r\nC5,E\x07,1,\r\n'
    answer = send(client, "customers", "\ufeff" + text)
    rows = answer.json()["rows"]
    assert [row["status"] for row in rows] == ["created", "refused", "refused", "created", "refused"]
    assert rows[1]["errors"] == [{"field": "", "detail": "has 2 cells where the header names 4"}]
    assert [row["errors"][0]["field"] for row in (rows[2], rows[4])] == ["name", ""]
    assert rows[3]["remarks"][0]["field"] == "employees"
    acme = Customer.objects.get(name="Acme")
    assert acme.tags == ["a", "b"]
    assert statuses(send(client, "customers", "external_id,name,tags\nC1,Acme,\n")) == ["changed"]
    acme.refresh_from_db()
    assert (acme.tags, acme.employees) == ([], 40)


@pytest.mark.parametrize(
    ("body", "query", "field"),
    [
        ("name,colour\nA,red\n", {}, "colour"),
        ("external_id,name,name\nC1,A,B\n", {}, "name"),
        ("\n", {}, "rows"),
        ("external_id,name\n" + "C,A\n" * 5_001, {}, "rows"),
        ("external_id,name\nC1,A\n", {"source": ""}, "source"),
        ("external_id,name\nC1,A\n", {"as_of": "soon"}, "as_of"),
        ("external_id,name\nC1,A\n", {"page_size": "1"}, "page_size"),
        ('external_id,name\nC1,"A\n', {}, "non_field_errors"),
        (b"external_id,name\nC1,\xff\n", {}, "non_field_errors"),
    ],
)
def test_what_is_no_table_of_the_target_is_refused_whole(client, body, query, field):
    answer = send(client, "customers", body, **query)
    assert answer.status_code == 400
    if field == "non_field_errors":
        assert answer.json()["detail"].startswith("The body is no CSV in UTF-8")
    else:
        assert list(told(answer)) == [field]
    assert Customer.objects.count() == 0


def test_a_page_without_rows_comes_in_again(client):
    nothing = get(client, "contacts").content
    assert nothing.startswith(b'\xef\xbb\xbf"external_id"')
    answer = send(client, "contacts", nothing)
    assert (answer.status_code, answer.json()) == (
        200, {"run": None, "created": 0, "changed": 0, "unchanged": 0, "refused": 0, "notes": [], "rows": []},
    )  # fmt: skip


def test_texts_are_composed_whichever_way_they_come(client, tmp_path):
    """As of files: what is one text to people is one text to the record. The id in an address, too."""
    given = {
        "external_id": "C\u200be\u0301",
        "name": "Cafe\u0301",
        "tags": ["e\u0301"],
        "attributes": {"e\u0301 ": "\u200b a\u0308"},
    }
    stored = ("Caf\u00e9", ["\u00e9"], {"\u00e9": "\u00e4"})
    put = client.put(f"{ROOT}customers/crm/{given['external_id']}/", given, "application/json")
    assert put.status_code == 201
    text = "external_id,name,tags,attributes.e\u0301\nCe\u0301,Cafe\u0301,e\u0301,a\u0308\n"
    assert statuses(send(client, "customers", text)) == ["unchanged"]
    assert statuses(bulk(client, "customers", [given])) == ["unchanged"]
    (tmp_path / "customers.csv").write_text(text.replace(",attributes.e\u0301", "").replace(",a\u0308", ""))
    mapping = tmp_path / "mapping.toml"
    fields = "".join(f'{name} = "{name}"\n' for name in ("external_id", "name", "tags"))
    mapping.write_text(f'source = "crm"\n[[file]]\nname = "customers.csv"\ninto = "customers"\n[file.fields]\n{fields}')
    call_command("import_data", str(tmp_path), mapping=str(mapping), rejects=tmp_path)
    acme = Customer.objects.get()
    assert (acme.name, acme.tags, acme.attributes) == stored
    for key in ("C\u00e9", "Ce\u0301"):
        assert client.get(f"{ROOT}customers/crm/{key}/").json()["external_id"] == "C\u00e9"
    tag = client.get(f"{ROOT}customers/crm/C\u00e9/").headers["ETag"]
    assert put.headers["ETag"] == tag
    assert client.delete(f"{ROOT}customers/crm/Ce\u0301/").status_code == 204


def test_others_send_and_read_their_own_alone(client):
    mara = user(name="Mara Own")
    own = Customer.objects.create(name="Mine", owner=mara)
    Customer.objects.create(name="Theirs", owner=user())
    client.force_login(mara)
    text = f"external_id,customer,name\nP1,id:{own.pk},Ada\nP2,id:{own.pk + 1},Bo\n"
    assert send(client, "contacts", text).status_code == 403
    assert statuses(send(client, "contacts", text, source="typed")) == ["created", "refused"]
    assert Contact.objects.get().name == "Ada"
    assert send(client, "usage", text, source="typed").status_code == 403
    assert get(client, "contacts", source="typed").text.count("\n") == 2
    assert client.put(f"{ROOT}contacts/typed/P1/", text, CSV).status_code == 415


@pytest.mark.parametrize("header", ["external_id,attributes,attributes.Plan", "external_id,attributes.Plan,attributes"])
def test_attributes_stand_in_one_column_or_in_columns_of_their_own(client, header):
    answer = send(client, "customers", f"{header}\nC1,x,y\n")
    assert answer.status_code == 400
    assert "cannot stand beside “attributes.Plan”" in answer.content.decode()
