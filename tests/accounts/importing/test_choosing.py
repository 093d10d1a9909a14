"""What the page of columns lets people choose, round the mapping: ids made of several columns, words of choices, rows that go in."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.forms.import_only import OnlyForm, only_said
from accounts.forms.import_said import of_own_columns
from accounts.forms.import_ticks import lines, text_of
from accounts.imports import drafting, mapping
from accounts.imports.guessing import guess, together
from accounts.imports.maps import FileMap
from accounts.imports.recognising.found import Recognised
from accounts.imports.targets import TARGETS
from accounts.imports.writing import text_of as toml_of
from accounts.models import Contact, Customer, ImportFile, ImportRun, Invoice, SavedMapping, User
from health.models import UsageRecord
from tests.accounts.guessing.test_guessing import file
from tests.accounts.importing.test_drafts import admin as admin  # noqa: PLC0414 - the fixture
from tests.accounts.importing.test_drafts import begun, page, text, upload
from tests.accounts.importing.test_drafts import sent as shown_in
from tests.accounts.importing.test_looking import previewed, started
from tests.config.spoken import english
from tests.factories import customer

pytestmark = pytest.mark.django_db
USES = "得意先コード;利用者;日付;回数;機能\nR-1;aoi@a.jp;2026/11/02;3;集計\nR-1;ren@a.jp;2026/11/02;4;集計\nR-1;aoi@a.jp;2026/11/03;5;集計\n"


def known(*ids: str, source: str = "csv") -> Customer:
    row = customer()
    for word in ids:
        row.external_keys.create(source=source, external_id=word)
    return row


def sent(client: Client, run: ImportRun) -> dict[str, Any]:
    """What a browser sends of the page as it stands: ticked boxes of one name are several texts."""
    return {
        name: value.split("\n") if name.startswith("i-") else value for name, value in shown_in(client, run).items()
    }


def saved(client: Client, run: ImportRun, data: dict[str, Any], name: str = "Own") -> FileMap:
    """The mapping that the page saves, which is the one that its text says again."""
    answer = client.post(page(run), data | {"save": "1", "name": name})
    assert answer.status_code == 302, text(answer)
    (kept,) = mapping.parse(SavedMapping.objects.get(name=name).toml, name).files
    return kept


def test_usage_by_person_gets_an_id_made_of_its_columns(client: Client, admin: User) -> None:
    known("R-1")
    run = begun(client, upload(admin, "利用.csv", USES))
    assert drafting.open_files(run) == [1], "nobody said yet of what the id is made"
    shown = client.get(page(run))
    (boxes,) = [shown.context["setup"].columns.made_of]
    # Who, when, what of whom: not how often.
    assert boxes.value() == "0\n1\n2\n4"
    assert "An id made of several columns" in text(shown)
    kept = saved(client, run, sent(client, run))
    field = kept.field("external_id")
    assert field is not None
    assert field.columns == ("得意先コード", "利用者", "日付", "機能")
    assert kept.field("customer").columns == ("得意先コード",)  # type: ignore[union-attr]
    # The saved mapping gives the same page, and the same mapping again.
    again = begun(client, upload(admin, "利用.csv", USES))
    assert drafting.open_files(again) == []
    assert client.get(page(again)).context["setup"].columns.made_of.value() == "0\n1\n2\n4"
    assert saved(client, again, sent(client, again), "Again").fields == kept.fields
    started(client, previewed(client, again))
    assert sorted(UsageRecord.objects.values_list("uses", flat=True)) == [3, 4, 5]
    # The id is one or the other: of columns, or the same for all rows.
    both = client.post(page(run), sent(client, run) | {"d-external_id": "x", "next": "1"})
    assert both.status_code == 422
    assert both.context["setup"].columns.errors == {"d-external_id": ["A column fills this field already."]}
    # Others ticked; without any the page says what is missing.
    other = client.post(page(run), sent(client, run) | {"i-external_id": ["", "1", "2"], "again": "1"})
    assert other.status_code == 302
    assert client.get(page(run)).context["setup"].columns.made_of.value() == "1\n2"
    none = client.post(page(run), sent(client, run) | {"i-external_id": "", "next": "1"})
    assert none.status_code == 422
    assert "which every row needs: choose one, or make it of several below." in text(none)


@pytest.mark.parametrize(
    ("head", "rows", "places"),
    [
        ("customer|day|feature|uses", ["C1|2026-11-01|a|1", "C1|2026-11-02|a|1"], (0, 1, 2)),
        # The rows seen share them all.
        ("customer|day|feature|uses", ["C1|2026-11-01|a|1", "C1|2026-11-01|a|2"], ()),
        # Other cells, of which the same id would be made.
        ("customer|user|feature|day", ["C1|ann b|c|2026-11-01", "C1|ann|b c|2026-11-01"], ()),
        ("customer|user|feature|day", ["C1|2||2026-11-01", "C1||2|2026-11-01"], ()),
        ("uses|seats", ["1|2"], ()),
    ],
)
def test_columns_that_tell_rows_apart_are_proposed(head: str, rows: list[str], places: tuple[int, ...]) -> None:
    table = file("usage.csv", head, *rows)
    assert together.naming(table, TARGETS["usage"], guess(table, TARGETS, "usage").columns) == places


INVOICES = "請求番号,顧客ID,発行日,支払期日,金額,状態\nI1,R-1,2026-10-01,2026-10-31,1000,済\nI2,R-1,2026-10-01,2026-10-31,2000,まだ\nI3,R-1,2026-10-02,2026-10-31,3000,未払い\n"


def test_words_of_choices_are_said_beside_the_column(client: Client, admin: User) -> None:
    known("R-1")
    run = begun(client, upload(admin, "請求.csv", INVOICES))
    shown = client.get(page(run))
    assert "What the words of “状態” mean" in text(shown)
    (column,) = [column for column in shown.context["setup"].columns.columns if column.words]
    words = {str(word.label): word for word in column.words}
    assert {label: word.value() for label, word in words.items()} == {"済": "", "まだ": "", "未払い": "open"}
    data = sent(client, run)
    data |= {words["済"].html_name: "paid", words["まだ"].html_name: "open"}
    kept = saved(client, run, data)
    assert kept.field("status").values == {"済": "paid", "まだ": "open"}  # type: ignore[union-attr]
    again = begun(client, upload(admin, "請求.csv", INVOICES))
    assert saved(client, again, sent(client, again), "Again").fields == kept.fields
    run = started(client, previewed(client, again))
    assert ImportFile.objects.get(run=run).rejected == 0
    assert dict(Invoice.objects.values_list("external_id", "payment")) == {
        "I1": "settled",
        "I2": "known",
        "I3": "known",
    }


def test_words_of_a_field_chosen_just_now_are_shown_first_and_may_count_for_nothing(
    client: Client, admin: User
) -> None:
    known("R-1")
    rows = "ID,顧客ID,氏名,係\n1,R-1,葵,決裁者;旗振り\n2,R-1,蓮,雑用\n"
    run = begun(client, upload(admin, "担当者.csv", rows))
    data = sent(client, run) | {"into": "contacts"}
    data["c-3-field"] = "roles"
    early = client.post(page(run), data | {"next": "1"})
    assert early.status_code == 422
    assert "Say what the words of this column mean." in text(early)
    (column,) = [column for column in early.context["setup"].columns.columns if column.words]
    words = {str(word.label): word for word in column.words}
    assert {label: word.value() for label, word in words.items()} == {"決裁者": "buyer", "旗振り": "", "雑用": ""}
    # Words said for one field are no words of another that is chosen for the column instead.
    other = client.post(
        page(run), data | {word.html_name: "user" for word in column.words} | {"c-3-field": "state", "next": "1"}
    )
    assert other.context["setup"].columns.errors == {"c-3-field": ["Say what the words of this column mean."]}
    picked = {words["決裁者"].html_name: "buyer", words["旗振り"].html_name: "champion", words["雑用"].html_name: "-"}
    kept = saved(client, run, data | picked)
    assert kept.field("roles").values == {"旗振り": "champion", "雑用": ""}  # type: ignore[union-attr]
    again = begun(client, upload(admin, "担当者.csv", rows))
    started(client, previewed(client, again))
    assert dict(Contact.objects.values_list("name", "roles")) == {"葵": ["buyer", "champion"], "蓮": []}


def test_what_was_said_of_places_that_are_other_columns_now_is_left_out() -> None:
    said = {
        "c-1-field": "name",
        "c-2-field": "state",
        "w-1-state-ab": "left",
        "w-2-state-ab": "left",
        "d-role": "x",
        "by": "",
    }
    own = {"c-1-field": "name", "w-1-state-ab": "left", "d-role": "x"}
    assert of_own_columns(said, 2) == own
    assert of_own_columns(said | {"i-external_id": "0\n2"}, 2) == own | {"i-external_id": "0"}


DEALS = "id,name,stage,region\n1,Acme,won,JP\n2,Beta,lost,JP\n3,Gamma,renewed,US\n4,Delta,WON,\n"


def test_only_rows_of_some_words_go_in(client: Client, admin: User) -> None:
    run = begun(client, upload(admin, "customers.csv", DEALS))
    data = sent(client, run)
    # The column first, whose words are then shown; nothing goes on before some are ticked.
    early = client.post(page(run), data | {"o-0-column": "stage", "next": "1"})
    assert early.status_code == 422
    assert "Tick the words of “stage” with which rows go in." in text(early)
    client.post(page(run), data | {"o-0-column": "stage", "again": "1"})
    setup = client.get(page(run)).context["setup"]
    boxes = setup.choosing["o-0-words"]
    # In whatever letters a row says it: one box.
    assert [label for _value, label in boxes.field.choices] == ["won", "lost", "renewed"]
    ticked = {"o-0-column": "stage", "o-0-of": "stage", "o-0-words": ["=won"], "o-0-more": "expansion"}
    # Of a column chosen anew the words of the one before do not count.
    client.post(page(run), data | ticked | {"o-0-column": "region", "again": "1"})
    assert client.get(page(run)).context["setup"].only == {"region": ()}
    ticked |= {"o-1-column": "region", "o-1-of": "region", "o-1-words": ["=JP", "="]}
    kept = saved(client, run, data | ticked)
    assert kept.only == {"stage": ("won", "expansion"), "region": ("JP", "")}
    again = begun(client, upload(admin, "customers.csv", DEALS))
    shown = client.get(page(again)).context["setup"]
    assert shown.only == kept.only
    assert shown.choosing["o-1-words"].value() == "=JP\n="
    run = started(client, previewed(client, again))
    assert {*Customer.objects.values_list("name", flat=True)} == {"Acme", "Delta"}
    assert ImportFile.objects.get(run=run).skipped == 2


def test_the_page_says_all_of_it_in_japanese(client: Client, admin: User) -> None:
    """An id made of columns, words of choices, rows that go in, and choices for all rows."""
    known("R-1")
    User.objects.update(language="ja")
    rows = "得意先コード;日付;種別;区分\nR-1;2026/11/02;面談;本番\nR-1;2026/11/03;雑談;試験\n"
    run = begun(client, upload(admin, "接点.csv", rows))
    client.post(page(run), sent(client, run) | {"into": "touchpoints", "by": "", "again": "1"})
    client.post(page(run), sent(client, run) | {"o-0-column": "区分", "again": "1"})
    shown = client.get(page(run))
    setup = shown.context["setup"]
    assert setup.columns.made_of.value() == "0\n1\n2"
    assert [len(column.words) for column in setup.columns.columns] == [0, 0, 2, 0]
    assert setup.choosing["o-0-words"].value() == ""
    assert english(shown.content.decode(), re.compile("Ren Admin")) == []


WORDS = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=5)


@given(st.dictionaries(st.sampled_from("abcde"), st.lists(st.text("aAsSß=済 ", max_size=2), min_size=1, max_size=3)))
@example({column: ["Won", "WON"] for column in "abcde"})
def test_what_the_form_shows_of_rows_is_what_it_says_again(said: dict[str, list[str]]) -> None:
    """However many columns a mapping names; words that differ in capitals alone are one."""
    found = Recognised("f.csv", columns=tuple("abcde"), samples=(("x", "", "z", "X", "y"),))
    form = OnlyForm({column: tuple(words) for column, words in said.items()}, found)
    sent_again = {field.html_name: str(field.value() or "") for row in form.rows for field in row}
    assert {column: [word.casefold() for word in words] for column, words in only_said(sent_again, found).items()} == {
        column: list(dict.fromkeys(word.casefold() for word in words)) for column, words in said.items()
    }
    assert lines(text_of(["1", "2"])) == ["1", "2"]


@given(st.dictionaries(WORDS, st.lists(WORDS, min_size=1, max_size=3)))
def test_words_of_rows_are_written_as_they_are_read(said: dict[str, list[str]]) -> None:
    words = {column: tuple(some) for column, some in said.items()}
    plain = mapping.parse(
        'source = "s"\n[[file]]\nname = "a.csv"\ninto = "customers"\n[file.fields]\nname = "n"\n', "m"
    )
    (one,) = plain.files
    whole = replace(plain, files=(replace(one, only=words, skip=words),))
    assert mapping.parse(toml_of(whole), "m") == whole
