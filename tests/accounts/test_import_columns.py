"""The form of a file's columns: what is chosen before, what is refused, and the mapping that comes out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from accounts.forms.import_columns import ColumnsForm, columns_form
from accounts.forms.import_mapped import mapping_of
from accounts.imports import mapping, saved
from accounts.imports.attributes import field_of
from accounts.imports.cells import Formats
from accounts.imports.guessing import Guess, guess, own
from accounts.imports.maps import FieldMap, FileMap
from accounts.imports.planning import plan_for
from accounts.imports.targets import TARGETS
from accounts.imports.words import FIELDS, OF_TARGET, field_words, target_words
from config.web.sheets import texts_of
from tests.accounts.attributes.rows import attribute
from tests.accounts.guessing.test_guessing import File, file
from tests.factories import DAY

pytestmark = pytest.mark.django_db
CONTRACTS = file(
    "契約.csv",
    "契約番号|顧客ID|商品|契約開始日|契約終了日|月額|備考",
    "K1|C1|基本|2026-04-01|2027-03-31|1000|x",
    "K2|C2|基本|2026-05-01|2027-04-30|2000|",
)


def form_of(table: File, into: str, plain: FileMap | None = None, **changes: str) -> ColumnsForm:
    """The form as a browser posts it untouched but for ``changes`` (``_`` for ``-``)."""
    target = TARGETS[into]
    guessed = guess(table, TARGETS, into)
    sent = {name: texts[0] for name, texts in texts_of(columns_form(table, target, guessed)).items() if texts}
    data: dict[str, Any] = sent | {
        name.replace("_", "-", 2 if name.startswith("c") else 1): text for name, text in changes.items()
    }
    return columns_form(table, target, guessed, data, plain)


def test_the_guess_is_chosen_before_and_comes_out_as_a_mapping() -> None:
    form = form_of(CONTRACTS, "contracts")
    assert form.is_valid(), form.errors
    assert [column.filled for column in form.columns] == [1, 1, 1, 1, 1, 1, 0.5]
    shares = {filled: replace(next(form.columns), filled=filled).share for filled in (0, 0.001, 0.5, 0.999, 1)}
    assert shares == {0: 0, 0.001: 0.01, 0.5: 0.5, 0.999: 0.99, 1: 1}
    file_map = mapping_of(form)
    assert (file_map.name, file_map.into, file_map.ignore) == ("契約.csv", "contracts", frozenset({"備考"}))
    assert {field.name: field for field in file_map.fields} == {
        "external_id": FieldMap("external_id", ("契約番号",)),
        "customer": FieldMap("customer", ("顧客ID",)),
        "product": FieldMap("product", ("商品",)),
        "starts_on": FieldMap("starts_on", ("契約開始日",)),
        "ends_on": FieldMap("ends_on", ("契約終了日",), last_day=True),
        "annual_amount": FieldMap("annual_amount", ("月額",), times=Decimal(12)),
    }
    values, troubles, unread = plan_for(file_map, TARGETS["contracts"], CONTRACTS.columns, DAY).values(
        CONTRACTS.samples[0]
    )
    assert (str(values["ends_on"]), values["annual_amount"], troubles, unread) == ("2027-04-01", 12_000, [], [])


def test_what_the_file_is_stays_as_it_was_recognised() -> None:
    plain = FileMap("契約.csv", "", "crm", (), Formats(dates=("%Y/%m/%d",)), encoding="cp932", delimiter=";")
    file_map = mapping_of(valid(form_of(CONTRACTS, "contracts", plain)))
    assert (file_map.source, file_map.encoding, file_map.delimiter) == ("crm", "cp932", ";")
    assert file_map.formats.dates == ("%Y/%m/%d",)


def valid(form: ColumnsForm) -> ColumnsForm:
    assert form.is_valid(), form.errors
    return form


@pytest.mark.parametrize(
    ("changes", "name", "error"),
    [
        (
            {"c_0_field": ""},
            "__all__",
            "No column fills External id, which every row needs: choose one, or make it of several below.",
        ),
        ({"c_6_field": "starts_on"}, "c-6-field", "契約開始日, 備考 both fill this field; only one can."),
        ({"c_6_field": "colour"}, "c-6-field", "Select a valid choice. colour is not one of the available choices."),
        ({"c_5_field": "seats"}, "c-5-read", "Seats cannot be read like that."),
        ({"d_currency": "EURO"}, "d-currency", "“EURO” is not a currency code of three letters (ISO 4217)"),
        ({"d_product": "Team"}, "d-product", "A column fills this field already."),
    ],
)
def test_what_no_import_could_use_is_refused_at_its_place(changes: dict[str, str], name: str, error: str) -> None:
    form = form_of(CONTRACTS, "contracts", **changes)
    assert not form.is_valid()
    assert error in form.errors[name]


def test_a_value_for_all_rows_fills_a_field_without_a_column() -> None:
    form = valid(form_of(CONTRACTS, "contracts", c_2_field="", d_product="Team", d_currency="jpy"))
    fields = {field.name: field for field in mapping_of(form).fields}
    assert fields["product"] == FieldMap("product", constant="Team")
    assert fields["currency"] == FieldMap("currency", constant="jpy")


def test_a_value_for_all_rows_is_written_as_the_file_writes_it() -> None:
    plain = FileMap("契約.csv", "", "crm", (), Formats(dates=("%d.%m.%Y",)))
    form = form_of(CONTRACTS, "contracts", plain, c_3_field="", d_starts_on="01.04.2026")
    assert mapping_of(valid(form)).field("starts_on") == FieldMap("starts_on", constant="01.04.2026")
    assert not form_of(CONTRACTS, "contracts", plain, c_3_field="", d_starts_on="2026-04-01").is_valid()


@pytest.mark.parametrize(
    ("read", "field"),
    [
        ("", FieldMap("annual_amount", ("月額",))),
        ("quarterly", FieldMap("annual_amount", ("月額",), times=Decimal(4))),
        ("minor_units", FieldMap("annual_amount", ("月額",), minor_units=True)),
        ("tax10", FieldMap("annual_amount", ("月額",), tax=Decimal(10))),
    ],
)
def test_an_amount_is_read_as_chosen(read: str, field: FieldMap) -> None:
    assert mapping_of(valid(form_of(CONTRACTS, "contracts", c_5_read=read))).field("annual_amount") == field


def test_two_columns_may_make_one_name() -> None:
    people = file("社員名簿.csv", "メール|姓|名", "a@b.jp|佐藤|葵")
    field = mapping_of(valid(form_of(people, "users"))).field("name")
    assert field == FieldMap("name", ("姓", "名"))


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("姓|名", "佐藤|葵", "佐藤 葵"),
        ("First Name|Last Name", "Kenji|Mori", "Kenji Mori"),
        ("姓|役職", "森|部長", "森"),
    ],
)
def test_the_name_follows_from_family_and_given_name(header: str, row: str, name: str) -> None:
    people = file("名簿.csv", f"ID|顧客ID|{header}", f"1|C1|{row}")
    file_map = mapping_of(valid(form_of(people, "contacts")))
    plan = plan_for(file_map, TARGETS["contacts"], people.columns, DAY)
    values, troubles, unread = plan.values(people.samples[0])
    assert (values["name"], file_map.field("name"), troubles, unread) == (name, None, [], [])
    assert values["family_name"] in name.split(" ")
    _values, troubles, _unread = plan.values(["1", "C1", "", ""])
    assert troubles[0][1] == "is empty"
    assert "No column fills Name, which every row needs." in str(
        form_of(file("名簿.csv", "ID|顧客ID|役職", "1|C1|部長"), "contacts").errors
    )


def test_columns_are_guessed_to_be_attributes_by_label_and_key_in_any_language() -> None:
    """Of each kind; a mapping that comes back is the same, and a column of another name keeps its key."""
    plan = attribute("plan_tier", "choice", label="契約プラン")
    signed = attribute("signed", "day", label="Contract signed")
    attribute("seats", "number", label="Seats", is_active=False)
    table = file(
        "顧客.csv",
        "id|name|契約プラン|Signed|Seats|地域",
        "C1|A|Gold|2026-01-02|5|関東",
        "C2|B|silver|2026-02-03|6|関西",
    )
    guessed = guess(table, TARGETS, "", own.fields())
    assert (guessed.target, {fit.column: fit.field for fit in guessed.columns}) == (
        "customers",
        {"id": "external_id", "name": "name", "契約プラン": field_of(plan), "Signed": field_of(signed)},
    )
    form = valid(
        form_of(table, "customers", c_2_field=field_of(plan), c_3_field=field_of(signed), c_5_field="attributes")
    )
    known = {"plan_tier": "契約プラン", "signed": "Signed", "地域": "地域"}
    file_map = mapping_of(form)
    assert dict(file_map.field("attributes").attributes) == known  # type: ignore[union-attr]
    again = columns_form(table, TARGETS["customers"], guessed, None, file_map)
    sent = {name: texts[0] for name, texts in texts_of(again).items() if texts}
    assert sent["c-2-field"] == field_of(plan)
    renamed = replace(file_map, fields=tuple(
        replace(each, attributes=known | {"Region": "地域"}) if each.name == "attributes" else each for each in file_map.fields
    ))  # fmt: skip
    kept = mapping_of(valid(columns_form(table, TARGETS["customers"], guessed, sent, renamed)))
    assert kept.field("attributes").attributes["Region"] == "地域"  # type: ignore[union-attr]


def test_two_columns_are_not_one_attribute() -> None:
    plan = attribute("plan", "choice", label="Plan")
    table = file("customers.csv", "id|name|plan|tier", "C1|A|Gold|Gold")
    form = form_of(table, "customers", c_2_field=field_of(plan), c_3_field=field_of(plan))
    assert not form.is_valid()
    assert form.errors["c-3-field"] == ["plan, tier both fill this field; only one can."]


def test_columns_may_be_attributes_under_their_own_names() -> None:
    table = file("顧客.csv", "顧客ID|顧客名|地域|規模", "C1|青葉|関東|大")
    form = valid(form_of(table, "customers", c_2_field="attributes", c_3_field="attributes"))
    assert mapping_of(form).field("attributes") == FieldMap("attributes", attributes={"地域": "地域", "規模": "規模"})


def test_a_row_may_name_its_customer_by_a_contract() -> None:
    table = file("利用.csv", "ID|契約番号|利用日", "1|K1|2026-11-01")
    form = valid(form_of(table, "usage", c_1_field="customer@contract"))
    assert mapping_of(form).field("customer") == FieldMap("customer", ("契約番号",), through="contract")


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_target_and_field_has_words(name: str) -> None:
    """A new field brings its words: ``accounts.imports.words``."""
    assert target_words(name) != name
    assert {one.name for one in TARGETS[name].fields} <= FIELDS.keys()
    labels = [field_words(one.name, name) for one in TARGETS[name].fields]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", saved.shipped())
def test_every_file_of_a_shipped_mapping_goes_in_as_it_stands(name: str) -> None:
    """Also one of which a column fills two fields, as RavenStack's code of a reason; left out it fills neither."""
    for given in mapping.find(name).files:
        columns = sorted({*given.conditions, *given.ordering, *(one for each in given.fields for one in each.needs())})
        table, target = File(given.name, columns, [["x"] * len(columns)]), TARGETS[given.into]
        guessed = Guess(given.into, 1, (), (), ())
        sent = {
            name: texts[0]
            for name, texts in texts_of(columns_form(table, target, guessed, None, given)).items()
            if texts
        }
        kept = mapping_of(valid(columns_form(table, target, guessed, sent, given)))
        assert sorted(kept.fields, key=repr) == sorted(given.fields, key=repr), given.name
        if "reason_code" in columns:
            left_out = sent | {f"c-{columns.index('reason_code')}-field": ""}
            errors = columns_form(table, target, guessed, left_out, given).errors
            assert errors == {"__all__": ["No column fills Stated reason, which every row needs."]}


MONTHLY = file(
    "契約.csv", "契約番号|顧客ID|商品|契約開始日|月額", "K1|C1|基本|2026-04-01|30000", "K2|C2|基本|2026-05-01|45000"
)


def test_a_monthly_amount_that_could_be_a_day_of_a_spreadsheet_stays_monthly() -> None:
    field = mapping_of(valid(form_of(MONTHLY, "contracts"))).field("annual_amount")
    assert field == FieldMap("annual_amount", ("月額",), times=Decimal(12))
    assert mapping_of(valid(form_of(MONTHLY, "contracts", c_4_read="tax10"))).field("annual_amount") == FieldMap(
        "annual_amount", ("月額",), tax=Decimal(10)
    )


def test_what_a_mapping_says_of_a_column_can_always_be_chosen() -> None:
    days = file(
        "契約.csv",
        "契約番号|顧客ID|商品|契約開始日|終了日",
        "K1|C1|基本|2026-04-01|46113",
        "K2|C2|基本|2026-05-01|46114",
    )
    known = {"external_id": "契約番号", "customer": "顧客ID", "product": "商品", "starts_on": "契約開始日"}
    fields = tuple(FieldMap(name, (column,)) for name, column in known.items())
    for table, given in (
        (MONTHLY, FieldMap("annual_amount", ("月額",), times=Decimal(12))),
        (days, FieldMap("annual_amount", ("終了日",), times=Decimal(4))),
        (days, FieldMap("ends_on", ("終了日",), last_day=True)),
    ):
        free = () if given.name == "annual_amount" else (FieldMap("annual_amount", constant="0"),)
        plain = FileMap("契約.csv", "contracts", "crm", (*fields, given, *free), Formats())
        target = TARGETS["contracts"]
        guessed = guess(table, TARGETS, "contracts")
        drawn = columns_form(table, target, guessed, plain=plain)
        sent = {name: texts[0] for name, texts in texts_of(drawn).items() if texts}
        form = valid(columns_form(table, target, guessed, sent, plain))
        assert mapping_of(form).field(given.name) == given


def test_an_amount_of_the_whole_term_is_divided_by_the_column_that_fills_the_term() -> None:
    table = file("c.csv", "id|customer|product|start|months|count|value", "K1|C1|Suite|2026-01-01|36|12|36000")
    known = {"external_id": "id", "customer": "customer", "product": "product", "starts_on": "start"}
    fields = tuple(FieldMap(name, (column,)) for name, column in known.items())
    amount = FieldMap("annual_amount", ("value",), times=Decimal(12), per=("months",))
    term = FieldMap("term_months", ("months",))

    def said(*given: FieldMap, **changes: str) -> FieldMap | None:
        plain = FileMap("c.csv", "contracts", "crm", (*fields, *given), Formats())
        drawn = columns_form(table, TARGETS["contracts"], guess(table, TARGETS, "contracts"), plain=plain)
        sent = {name: texts[0] for name, texts in texts_of(drawn).items() if texts}
        for place, name in enumerate(table.columns):
            sent[f"c-{place}-field"] = next((field.name for field in plain.fields if name in field.columns), "")
        sent |= {name.replace("_", "-"): text for name, text in changes.items()}
        form = valid(columns_form(table, TARGETS["contracts"], drawn.guess, sent, plain))
        return mapping_of(form).field("annual_amount")

    assert said(amount, term) == amount
    assert said(amount, term, c_4_field="", c_5_field="term_months") == replace(amount, per=("count",))
    # Divided by a column that fills nothing, it stays so, and nobody has to say what the term is.
    assert said(amount) == amount
    assert said(replace(amount, per=("count",)), term) == replace(amount, per=("count",))


def test_a_field_that_means_something_else_in_a_target_is_called_so_in_japanese() -> None:
    assert all(TARGETS[target].field(name) for target, name in OF_TARGET)
    with translation.override("ja"):
        assert [field_words("title", target) for target in ("objectives", "posts")] == ["目標の名前", "役職"]
        assert [field_words("ends_on", target) for target in ("posts", "entitlements", "contracts")] == [
            "在任の終了日",
            "利用権の終了日",
            "契約上の終了日",
        ]
        assert [field_words(name, "usage") for name in ("user", "users")] == ["ユーザー", "利用者数"]
        assert target_words("features") == "機能"


@translation.override("en")
def test_words_beyond_a_page_are_said_and_what_was_picked_stays() -> None:
    """Six columns of 40 words each, of which a page shows five; the last had its words picked before."""
    names = [f"r{number}" for number in range(6)]
    rows = ["|".join([f"P{row}", "C1", f"N{row}", *(f"word {row} {name}" for name in names)]) for row in range(40)]
    table = file("people.csv", "|".join(["external_id", "customer", "name", *names]), *rows)
    target, guessed = TARGETS["contacts"], guess(file("people.csv", "external_id"), TARGETS, "contacts")
    chosen = {f"c-{place}-field": name for place, name in enumerate(("external_id", "customer", "name"))}
    first = columns_form(table, target, guessed, chosen | {"c-8-field": "roles"})
    (word, *_others) = first.words[8]
    data = first.data | {word: "champion"} | {f"c-{place}-field": "roles" for place in range(3, 9)}
    form = columns_form(table, target, guessed, data)
    assert [*form.words] == [8, 3, 4, 5, 6]
    assert [column.name for column in form.columns if column.crowded_out] == ["r4"]
    assert form.data[word] == "champion"
    # So it is on a page that is shown again, and beside words of the file that nobody chose.
    said = {name: text for name, text in data.items() if not name.startswith("w-")} | {word: "champion"}
    shown = columns_form(table, target, guessed, initial=said)
    assert [*shown.words] == [8, 3, 4, 5, 6]
    assert shown[word].value() == "champion"
    untouched = columns_form(table, target, guessed, initial=said | {"c-8-field": ""})
    assert [*untouched.words] == [3, 4, 5, 6, 7]
    stood = {name: "" for name in untouched.fields if name.startswith("w-")}
    assert [*columns_form(table, target, guessed, stood | said, initial=said).words] == [8, 3, 4, 5, 6]
