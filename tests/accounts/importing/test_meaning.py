"""What rows mean is chosen in the browser and stands in the mapping: follows, missing, expired, users, latest_by, days of a column."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from accounts.forms.import_file import FileSetup
from accounts.forms.import_meaning import ASKED, fields_of, meaning_of, settings_of
from accounts.imports.loading import load
from accounts.imports.mapping import CHOICES, parse
from accounts.imports.maps import FieldMap, FileMap, Mapping
from accounts.imports.recognising import recognise
from accounts.imports.recognising.found import in_own_notations
from accounts.imports.targets import TARGETS
from accounts.imports.writing import text_of
from accounts.models import Contract, SavedMapping
from tests import factories as make
from tests.accounts.imports import counts, write
from tests.factories import DAY

pytestmark = pytest.mark.django_db
CONTRACTS = "contract id,customer id,start date,contract end date,product,annual amount\n"
RENEWED = CONTRACTS + "K1,C1,2025-11-01,2026-10-31,Suite,12000\nK2,C1,2026-11-01,2027-10-31,Suite,12000\n"


@pytest.fixture(autouse=True)
def _customer() -> None:
    make.organisation()
    make.customer().external_keys.create(source="csv", external_id="C1")


def setup(path: Path, **said: str) -> FileSetup:
    said = {name.replace("__", "-"): value for name, value in said.items()}
    return FileSetup(path, path.name, {"by": "", "source": "csv"} | said, is_sent=True)


@pytest.mark.parametrize(
    ("target", "settings"),
    [
        ("contracts", ["follows", "expired", "missing"]), ("contacts", ["missing"]), ("integrations", ["missing"]),
        ("usage", ["users"]), ("customers", []), ("rates", []),
    ],
)  # fmt: skip
def test_a_target_asks_only_what_it_knows(target: str, settings: list[str]) -> None:
    assert settings_of(TARGETS[target]) == settings


@pytest.mark.parametrize("target", TARGETS)
def test_the_day_of_a_file_is_asked_where_it_says_from_when_its_values_hold(target: str, tmp_path: Path) -> None:
    found = recognise(write(tmp_path / "a.csv", "id,name\n1,Acme\n"))
    asked = "m-as_of" in fields_of(TARGETS[target], found, None)
    assert asked == (target in {"contracts", "contacts", "integrations", "objectives", "outcomes"})


def test_a_day_of_the_file_is_taken_and_a_later_one_than_today_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "contracts.csv", RENEWED)
    chosen = setup(path, into="contracts", m__as_of="2026-10-01")
    assert chosen.is_valid(), chosen.reading.errors
    assert chosen.file_map().as_of == dt.date(2026, 10, 1)
    assert "as_of = 2026-10-01" in text_of(Mapping("t", "csv", None, "USD", (chosen.file_map(),)))
    plain = setup(path, into="contracts")
    assert plain.is_valid()
    assert plain.file_map().as_of is None
    late = setup(path, into="contracts", m__as_of="2999-01-01")
    assert not late.is_valid()
    assert "lies in the future" in str(late.reading.errors["m-as_of"])


def test_every_choice_is_one_of_the_mapping_language() -> None:
    for name, (_label, choices) in ASKED.items():
        assert {value for value, _words in choices if value} <= set(CHOICES[name])


def test_what_is_chosen_stands_in_the_mapping_and_is_what_happens(tmp_path: Path) -> None:
    path = write(tmp_path / "contracts.csv", RENEWED)
    chosen = setup(path, into="contracts", m__follows="customer", m__missing="ended", m__latest_by="line")
    assert chosen.is_valid(), (chosen.reading.errors, chosen.columns.errors)
    file = chosen.file_map()
    assert (file.follows, file.missing, file.expired, file.latest_by) == ("customer", "ended", "", "line")
    again = parse(text_of(Mapping("Own", "csv", None, "USD", (file,))), "own.toml").files[0]
    assert again == file
    report = load(path, again, TARGETS["contracts"], day=dt.date(2026, 11, 28), rejects=tmp_path / "no.csv")
    assert counts(report) == (2, 0, 0, 0)
    assert Contract.objects.get(external_id="K1").replaced_by == Contract.objects.get(external_id="K2")


def test_without_a_word_nothing_is_chosen(tmp_path: Path) -> None:
    plain = setup(write(tmp_path / "contracts.csv", RENEWED), into="contracts")
    assert plain.is_valid()
    file = plain.file_map()
    assert (file.follows, file.missing, file.expired, file.latest_by) == ("", "", "", "")


def test_days_of_the_file_may_say_which_row_is_the_last(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.csv", "ticket id,customer id,priority,opened at,updated\nT1,C1,high,2026-01-01,2026-02-01\n"
    )
    form = setup(path, into="tickets").reading
    assert [value for value, _words in form.fields["m-latest_by"].choices] == ["", "line", "opened at", "updated"]
    assert not setup(path, into="tickets", m__latest_by="priority").is_valid()


def test_a_mapping_that_says_it_already_is_shown_so(tmp_path: Path) -> None:
    found = recognise(write(tmp_path / "contracts.csv", RENEWED))
    said = replace(
        FileMap("a", "contracts", "csv", (), found.formats),
        follows="customer",
        missing="kept",
        latest_by="gone",
        as_of=dt.date(2026, 7, 1),
    )
    fields = fields_of(TARGETS["contracts"], found, said)
    initial = {name: field.initial for name, field in fields.items()}
    assert initial == {
        "m-follows": "customer", "m-expired": "", "m-missing": "", "m-latest_by": "gone", "m-as_of": dt.date(2026, 7, 1),
    }  # fmt: skip
    assert meaning_of({"m-follows": "customer", "source": "csv"}) == {"follows": "customer"}


ORDERS = "id,start,end\nK1,13/04/2026,04/13/2027\nK2,03/04/2026,03/04/2027\n"


def test_two_columns_may_write_their_days_in_two_orders(tmp_path: Path) -> None:
    found = recognise(write(tmp_path / "contracts.csv", ORDERS))
    fields = (FieldMap("external_id", ("id",)), FieldMap("starts_on", ("start",)), FieldMap("ends_on", ("end",)))
    assert [item.dates for item in in_own_notations(fields, found, {})] == [(), ("%d/%m/%Y",), ("%m/%d/%Y",)]


def test_one_order_for_all_needs_no_word_of_its_own(tmp_path: Path) -> None:
    found = recognise(write(tmp_path / "contracts.csv", ORDERS.replace("04/13/2027", "13/04/2027")))
    fields = (FieldMap("starts_on", ("start",)), FieldMap("ends_on", ("end",)))
    answers = {("dates", "end"): "%d/%m/%Y"}
    assert [item.dates for item in in_own_notations(fields, found, answers)] == [(), ()]


def test_an_answer_is_the_columns_own(tmp_path: Path) -> None:
    found = recognise(write(tmp_path / "contracts.csv", ORDERS.replace("04/13/2027", "05/06/2027")))
    fields = (FieldMap("starts_on", ("start",)), FieldMap("ends_on", ("end",)))
    answers = {("dates", "end"): "%m/%d/%Y"}
    assert [item.dates for item in in_own_notations(fields, found, answers)] == [("%d/%m/%Y",), ("%m/%d/%Y",)]


def test_with_a_mapping_too_each_column_keeps_the_order_that_was_answered(tmp_path: Path) -> None:
    head = 'source = "csv"\n[[file]]\nname = "contracts.csv"\ninto = "contracts"\n[file.fields]\n'
    columns = {
        "external_id": "id",
        "customer": "who",
        "product": "what",
        "annual_amount": "fee",
        "starts_on": "start",
        "ends_on": "end",
    }
    toml = head + "".join(f'{field} = "{name}"\n' for field, name in columns.items())
    SavedMapping.objects.create(name="own", by=make.user(role="admin"), toml=toml)
    rows = "id,who,what,fee,start,end\nK1,C1,Suite,9,03/04/2026,04/05/2027\nK2,C1,Suite,9,05/06/2026,06/07/2027\n"
    path = write(tmp_path / "contracts.csv", rows)
    said = {"by": "saved:own", "q-dates-start": "0", "q-dates-end": "1"}
    form = FileSetup(path, path.name, {"source": "csv"} | said, is_sent=True)
    assert form.is_valid(), form.columns.errors
    file = form.file_map()
    assert (file.field("starts_on").dates, file.field("ends_on").dates) == (("%d/%m/%Y",), ("%m/%d/%Y",))
    load(path, file, TARGETS["contracts"], day=DAY, rejects=tmp_path / "rejects.csv")
    first = Contract.objects.get(external_id="K1")
    assert (first.starts_on, first.ends_on) == (dt.date(2026, 4, 3), dt.date(2027, 4, 5))
