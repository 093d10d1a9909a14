"""Which target a file is for and which column is which field, by names and by values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.forms.import_reading import read_as
from accounts.imports.guessing import Guess, guess
from accounts.imports.recognising.columns import described
from accounts.imports.recognising.found import Column
from accounts.imports.targets import TARGETS

KNOWN = sorted(
    {name.strip("!") for target in TARGETS.values() for names in target.names.values() for name in names.split("|")}
)


@dataclass
class File:
    """What a guess reads, of a table as people see it: cells separated by ``|``."""

    name: str
    columns: list[str]
    samples: list[list[str]] = field(default_factory=list)

    @property
    def details(self) -> Sequence[Column]:
        """What each column holds."""
        return described(self.columns, self.samples)[0]


def file(name: str, *rows: str) -> File:
    header, *samples = [row.split("|") for row in rows]
    return File(name, header, samples)


def found(guessed: Guess) -> dict[str, str]:
    """Field by column."""
    return {fit.column: fit.field for fit in guessed.columns}


JAPANESE = file(
    "契約一覧_20261124.csv",
    "顧客ID|顧客名|契約番号|商品|契約開始日|契約終了日|更新通知日|年間金額（税抜）|席数|自動更新|担当者|備考",
    "C-00041|青葉物流|K-2019-0041|基本|2019/04/01|2027/03/31|04/05/27|54,000,000|180|有|佐藤 葵|3/5 訪問",
    "C-00118|みなと信用金庫|K-2021-0118|監査パック|令和3年1月2日|R10.1.1|12/01/26|¥33,600,000|20|無|林 由衣|",
)


def test_a_japanese_list_of_contracts() -> None:
    guessed = guess(JAPANESE, TARGETS)
    assert (guessed.target, guessed.lacking) == ("contracts", ())
    assert found(guessed) == {
        "顧客ID": "customer",
        "契約番号": "external_id",
        "商品": "product",
        "契約開始日": "starts_on",
        "契約終了日": "ends_on",
        "年間金額（税抜）": "annual_amount",
        "席数": "seats",
        "自動更新": "auto_renews",
    }
    assert guessed.unknown == ("顧客名", "更新通知日", "担当者", "備考")
    last_days = [fit.column for fit in guessed.columns if fit.last_day]
    assert last_days == ["契約終了日"]


@pytest.mark.parametrize(
    ("into", "row", "fields"),
    [
        ("touchpoints", "2026-11-03", {"Cust": "customer", "when": "happened_on", "note": "note"}),
        ("surveys", "2026-11-03", {"Cust": "customer", "when": "answered_on", "note": "comment"}),
        ("usage", "2026-11-03", {"Cust": "customer", "when": "day"}),
        ("cancellations", "2026-11-03", {"Cust": "customer", "when": "on", "note": "note"}),
    ],
)
def test_short_names_of_columns(into: str, row: str, fields: dict[str, str]) -> None:
    assert found(guess(file("x.csv", "Cust|when|note", f"C-1|{row}|hello"), TARGETS, into)) == fields


@pytest.mark.parametrize(
    "header",
    [
        "Client No", "Cust. No.", "Acct Nr", "customer_num", "ClientNo", "Cust ID", "Customer code", "Customer ref", "Company code",
        "Account ref.", "得意先CD", "取引先ＣＤ", "顧客No", "顧客Ｎｏ．", "N° client", "Numéro client", "Code client", "Kundennr", "Debitoren-Nr.",
    ],
)  # fmt: skip
def test_numbers_of_customers_by_short_names(header: str) -> None:
    assert guess(file("x.csv", f"{header}|Name", "7|Acme"), TARGETS, "customers").lacking == ()
    assert guess(file("x.csv", f"{header}|Date", "7|2026-01-01"), TARGETS, "usage").of_column(0).field == "customer"


def test_the_same_columns_for_a_target_that_somebody_chose() -> None:
    guessed = guess(JAPANESE, TARGETS, "customers")
    assert (guessed.target, guessed.certainty, guessed.lacking) == ("customers", 1.0, ())
    assert found(guessed) == {"顧客ID": "external_id", "顧客名": "name", "担当者": "owner"}


@pytest.mark.parametrize(
    ("table", "target", "fields"),
    [
        (
            file(
                "hubspot-crm-exports-all-companies.csv",
                "Record ID|Company name|Company owner|Create Date|Country/Region|Industry|Company Domain Name|Number of Employees",
                "101|Aoba|a@x.jp|2024-01-02 10:00|Japan|Logistics|aoba.example|288",
            ),
            "customers",
            {
                "Record ID": "external_id",
                "Company name": "name",
                "Company owner": "owner",
                "Country/Region": "country",
                "Industry": "industry",
                "Company Domain Name": "domain",
                "Number of Employees": "employees",
            },
        ),
        (
            file(
                "hubspot-contacts.csv",
                "Record ID|First Name|Last Name|Email|Phone Number|Primary Associated Company ID|Job Title",
                "1|Aoi|Sato|a@b.jp|1|101|CTO",
            ),
            "contacts",
            {
                "Record ID": "external_id",
                "First Name": "given_name",
                "Last Name": "family_name",
                "Email": "email",
                "Primary Associated Company ID": "customer",
                "Job Title": "title",
            },
        ),
        (
            file(
                "Account.csv",
                "Id|IsDeleted|Name|ParentId|BillingCountry|Website|NumberOfEmployees|OwnerId",
                "001A|false|Aoba||Japan|https://aoba.example|288|005",
            ),
            "customers",
            {
                "Id": "external_id",
                "Name": "name",
                "ParentId": "parent",
                "BillingCountry": "country",
                "Website": "domain",
                "NumberOfEmployees": "employees",
                "OwnerId": "owner",
            },
        ),
        (
            file(
                "subscriptions.csv",
                "id|Customer ID|Plan|Quantity|Currency|Amount|Start (UTC)|Current Period End (UTC)|Canceled At (UTC)|Ended At (UTC)",
                "sub_1|cus_1|price_1|3|usd|120.00|2026-01-01 10:00|2026-12-01 10:00||",
            ),
            "contracts",
            {
                "id": "external_id",
                "Customer ID": "customer",
                "Plan": "product",
                "Quantity": "quantity",
                "Currency": "currency",
                "Amount": "annual_amount",
                "Start (UTC)": "starts_on",
                "Current Period End (UTC)": "ends_on",
                "Ended At (UTC)": "ended_on",
            },
        ),
        (
            file(
                "invoices.csv",
                "id|Customer|Date (UTC)|Due Date (UTC)|Paid At (UTC)|Amount Due|Currency|Status",
                "in_1|cus_1|2026-01-01 10:00|2026-01-31 10:00||12000|usd|open",
            ),
            "invoices",
            {
                "id": "external_id",
                "Customer": "customer",
                "Date (UTC)": "issued_on",
                "Due Date (UTC)": "due_on",
                "Paid At (UTC)": "paid_on",
                "Amount Due": "amount",
                "Currency": "currency",
                "Status": "status",
            },
        ),
        (
            file(
                "zendesk.csv",
                "Ticket ID|Created at|Subject|Organization ID|Priority|Solved at|Satisfaction rating|Reopens",
                "1|2026-01-01T10:00:00|Help|55|High|2026-01-02T10:00:00|4|0",
            ),
            "tickets",
            {
                "Ticket ID": "external_id",
                "Created at": "opened_at",
                "Subject": "subject",
                "Organization ID": "customer",
                "Priority": "severity",
                "Solved at": "solved_at",
                "Satisfaction rating": "csat",
                "Reopens": "reopened",
            },
        ),
        (
            file("アンケート.csv", "回答ID|顧客コード|種別|スコア|回答日|コメント", "1|C1|nps|9|2026/11/01|よい"),
            "surveys",
            {
                "回答ID": "external_id",
                "顧客コード": "customer",
                "種別": "kind",
                "スコア": "answer",
                "回答日": "answered_on",
                "コメント": "comment",
            },
        ),
        (
            file("利用.csv", "ID|顧客ID|利用日|機能|利用者ID|回数", "1|C1|2026/11/01|検索|u1|3"),
            "usage",
            {
                "ID": "external_id",
                "顧客ID": "customer",
                "利用日": "day",
                "機能": "feature",
                "利用者ID": "user",
                "回数": "uses",
            },
        ),
        (
            file("名簿.csv", "連絡先ID|会社コード|姓|名|メールアドレス|役職", "1|C1|佐藤|葵|a@b.jp|部長"),
            "contacts",
            {
                "連絡先ID": "external_id",
                "会社コード": "customer",
                "姓": "family_name",
                "名": "given_name",
                "メールアドレス": "email",
                "役職": "title",
            },
        ),
    ],
)
def test_exports_of_other_systems(table: File, target: str, fields: dict[str, str]) -> None:
    guessed = guess(table, TARGETS)
    assert (guessed.target, guessed.lacking) == (target, ())
    assert found(guessed) == fields


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_our_own_names_are_surely_known(name: str) -> None:
    target = TARGETS[name]
    names = [one.name for one in target.fields if one.kind != "attributes"]
    guessed = guess(File(f"{name}.csv", names), TARGETS)
    assert (guessed.target, found(guessed)) == (name, {one: one for one in names})
    assert {fit.certainty for fit in guessed.columns} == {1.0}


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_field_of_every_target_has_names_in_both_languages(name: str) -> None:
    """A new field brings its names: ``names`` of its target."""
    target = TARGETS[name]
    fields = {one.name for one in target.fields if one.kind != "attributes"}
    assert set(target.names) == fields | {""}
    for text in target.names.values():
        assert {one.isascii() for one in text.split("|")} == {True, False}


def test_a_monthly_amount_counts_twelve_times() -> None:
    guessed = guess(file("x.csv", "契約番号|月額", "K1|10,000"), TARGETS, "contracts")
    assert [(fit.field, fit.times) for fit in guessed.columns] == [
        ("external_id", Decimal(1)),
        ("annual_amount", Decimal(12)),
    ]


def test_the_amount_a_year_goes_before_the_amount_a_month() -> None:
    guessed = guess(file("x.csv", "MRR|ARR", "100|1200"), TARGETS, "contracts")
    assert found(guessed) == {"ARR": "annual_amount"}
    assert guessed.unknown == ("MRR",)


def test_needed_fields_that_nothing_fits_are_named() -> None:
    guessed = guess(file("顧客一覧.csv", "会社名|業種", "青葉|運輸"), TARGETS)
    assert (guessed.target, guessed.lacking) == ("customers", ("external_id",))


@pytest.mark.parametrize(
    ("column", "values", "field_name"),
    [
        ("x1", ["a@b.jp", "c@d.jp"], "email"),
        ("x1", ["a@b.jp", "nobody"], ""),
        ("x1", ["a@b.jp"], ""),
    ],
)
def test_values_alone_tell_what_is_seldom_anything_else(column: str, values: list[str], field_name: str) -> None:
    guessed = guess(File("x.csv", [column], [[value] for value in values]), TARGETS, "contacts")
    assert [fit.field for fit in guessed.columns] == ([field_name] if field_name else [])
    assert all(fit.why == "its values are email addresses" for fit in guessed.columns)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([], "a known name, and the values fit"),
        (["2026/04/01", "2026年4月1日", "R8.4.1", "46113", "1 Apr 2026"], "a known name, and the values fit"),
        (["2026/04/01", "open", "soon", "n/a"], "a known name, but only 25 % of the values fit"),
    ],
)
def test_values_make_a_known_name_more_or_less_sure(values: list[str], why: str) -> None:
    (fit,) = guess(File("x.csv", ["開始日"], [[value] for value in values]), TARGETS, "contracts").columns
    assert fit.why == (why if values else "a known name")
    assert fit.certainty == (0.5 if "only" in fit.why else 1.0)


def test_a_name_whose_values_are_something_else_is_no_guess() -> None:
    guessed = guess(file("x.csv", "開始日", "はい", "いいえ"), TARGETS, "contracts")
    assert (guessed.columns, guessed.unknown) == ((), ("開始日",))


@pytest.mark.parametrize(("words", "certainty"), [("高|低", 1.0), ("松|竹", 0.7)])
def test_words_of_a_choice_may_be_others_than_ours(words: str, certainty: float) -> None:
    (fit,) = guess(file("x.csv", "優先度", *words.split("|")), TARGETS, "tickets").columns
    assert (fit.field, fit.certainty) == ("severity", certainty)


def test_the_code_of_a_customer_is_known_by_each_of_its_names() -> None:
    for name in ("得意先コード", "取引先コード", "得意先番号", "取引先番号"):
        guessed = guess(file("得意先マスタ.csv", f"{name}|得意先名", "R-01|青葉"), TARGETS)
        assert (guessed.target, found(guessed)) == ("customers", {name: "external_id", "得意先名": "name"})
        guessed = guess(file("請求.csv", f"請求番号|{name}|得意先名|状態", "1|R-01|青葉|未払い"), TARGETS, "invoices")
        wanted = {"請求番号": "external_id", name: "customer", "状態": "status"}
        assert (found(guessed), guessed.columns[-1].certainty) == (wanted, 1.0)


@pytest.mark.parametrize(
    ("rows", "fields"),
    [
        (["acct|company", "A1|Look Up Ltd", "A2|Acme 3"], {"company": "name"}),
        (["Account|employees", "C-00041|3", "C-00118|4"], {"employees": "employees"}),
        (["取引先|業種", "１００２|運輸", "１００３|製造"], {"業種": "industry"}),
        (["acct|employees", "Acme|3", "3M|4", "Studio 54|5", "7-Eleven Japan|1", "Beta|2"], {"acct": "name", "employees": "employees"}),
        # Below a longer heading that has a known name in it neither ids nor numbers are names, nor is what it calls so.
        (["Customer segment|Industry", "1001|IT", "1002|IT"], {"Industry": "industry"}),
        (["Customer segment|Industry", "Acme|IT", "Beta|IT"], {"Customer segment": "name", "Industry": "industry"}),
        (["Legacy customer key|Industry", "ALPHA|IT", "BETA|IT"], {"Industry": "industry"}),
        (["顧客管理番号|業種", "青|運輸", "緑|製造"], {"顧客管理番号": "external_id", "業種": "industry"}),
        # A heading that says “name” is believed, and one without values.
        (["name|employees", "A1|3"], {"name": "name", "employees": "employees"}),
        (["acct"], {"acct": "name"}),
    ],
)  # fmt: skip
def test_ids_below_a_heading_of_customers_are_no_names(rows: list[str], fields: dict[str, str]) -> None:
    assert found(guess(file("x.csv", *rows), TARGETS, "customers")) == fields


@pytest.mark.parametrize(
    "header", ["KontaktNr", "Kontakt-Nr.", "Kontaktnr", "KONTAKTNR", "Kontaktnummer", "Kontakt-Nummer"]
)
def test_the_number_of_a_contact_in_german_is_its_id(header: str) -> None:
    guessed = guess(file("kontakte.csv", f"{header}|Nachname|Kundennr", "7|Meier|1"), TARGETS, "contacts")
    assert guessed.of_column(0).field == "external_id"


@pytest.mark.parametrize(
    "header",
    [
        "Betrag brutto",
        "Bruttobetrag",
        "Betrag inkl. MwSt.",
        "Nettobetrag",
        "Rechnungsbetrag netto",
        "税込金額",
        "Amount incl. VAT",
    ],
)
def test_an_amount_is_known_beside_what_its_heading_says_of_tax(header: str) -> None:
    head, row = "Rechnungsnr|Kundennr|Rechnungsdatum|fällig am", "R1|7|2026-01-01|2026-02-01"
    guessed = guess(file("rechnungen.csv", f"{head}|{header}", f"{row}|119"), TARGETS, "invoices")
    assert (guessed.of_column(4).field, guessed.of_column(4).certainty) == ("amount", 0.95)
    # Of two the one without tax goes in.
    for columns in (
        "Bruttobetrag|Nettobetrag",
        "Nettobetrag|Bruttobetrag",
        "Betrag inkl. MwSt.|Betrag",
        "Betrag|Betrag brutto",
    ):
        guessed = guess(file("rechnungen.csv", f"{head}|{columns}", f"{row}|119|100"), TARGETS, "invoices")
        assert {fit.field: fit.column for fit in guessed.columns}["amount"] in {"Nettobetrag", "Betrag"}


def test_the_place_of_a_row_is_no_product() -> None:
    guessed = guess(file("x.csv", "id|item|sku", "K1|1|SUITE", "K1|2|CARE"), TARGETS, "contracts")
    assert found(guessed) == {"id": "external_id", "sku": "product"}
    guessed = guess(file("x.csv", "id|item", "K1|Suite", "K1|Care"), TARGETS, "contracts")
    assert found(guessed) == {"id": "external_id", "item": "product"}


def test_a_file_of_nothing_known_is_for_nothing() -> None:
    guessed = guess(file("x.csv", "q1|q2", "1|2"), TARGETS)
    assert (guessed.target, guessed.columns, guessed.unknown) == ("", (), ("q1", "q2"))


def test_columns_of_rejected_rows_are_neither_guessed_nor_unknown() -> None:
    guessed = guess(file("x.csv", "rejected_line|rejected_reason|name", "1|x|Aoba"), TARGETS, "customers")
    assert (found(guessed), guessed.unknown) == ({"name": "name"}, ())


CELLS = st.sampled_from([*KNOWN, "備考", "x", "", "a@b.jp", "2026-01-01", "12,000", "日本", "JPY"]) | st.text(
    max_size=8
)


@settings(max_examples=25, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=12, unique=True), st.data())
def test_a_column_goes_to_one_field_and_nothing_is_lost(columns: list[str], data: st.DataObject) -> None:
    samples = data.draw(st.lists(st.lists(CELLS, max_size=len(columns)), max_size=3))
    guessed = guess(File(data.draw(CELLS) + ".csv", columns, samples), TARGETS)
    places = [fit.place for fit in guessed.columns]
    assert len(set(places)) == len(places)
    whole = [fit.field for fit in guessed.columns if "+" not in TARGETS[guessed.target].names.get(fit.field, "")]
    assert len(set(whole)) == len(whole)
    ours = {name for name in columns if name.startswith("rejected_")}
    assert sorted([*(fit.column for fit in guessed.columns), *guessed.unknown]) == sorted(
        name for name in columns if name.strip() and name not in ours
    )
    assert all(0.4 <= fit.certainty <= 1 for fit in guessed.columns)
    filled = {fit.field for fit in guessed.columns}
    needed = [one for one in TARGETS[guessed.target].fields if one.required] if guessed.target else []
    assert {*guessed.lacking} == {one.name for one in needed if not {one.name, *one.made_of} & filled}


@pytest.mark.parametrize(
    ("header", "times", "is_minor", "read"),
    [
        ("amount_cents", 1, True, "minor_units"),
        ("annualAmountCents", 1, True, "minor_units"),
        ("ARR (minor units)", 1, True, "minor_units"),
        ("mrr_cents", 12, True, "monthly_minor"),
        ("mrr", 12, False, "monthly"),
        ("amount", 1, False, ""),
    ],
)
def test_amounts_in_smallest_units_are_read_so(header: str, times: int, *, is_minor: bool, read: str) -> None:
    guessed = guess(file("x.csv", f"id|{header}", "K1|120000"), TARGETS, "contracts")
    (fit,) = [fit for fit in guessed.columns if fit.field == "annual_amount"]
    assert (fit.times, fit.minor_units, read_as(fit)) == (times, is_minor, read)
