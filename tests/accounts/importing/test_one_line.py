"""One line of a file as an import would read it, beside the form of its columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.imports import one_line
from accounts.imports.mapping import parse
from accounts.imports.maps import FileMap
from accounts.imports.recognising import sampling
from accounts.imports.targets import TARGETS
from accounts.models import Customer, ExternalKey, ImportRun, User
from tests import factories as make
from tests.accounts.importing.test_drafts import begun, page, sent, text, upload
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
EXPORT = (
    "契約一覧\n契約番号;顧客ID;商品;契約開始日;契約終了日;年間金額;席数;備考\n"
    "K-1;C-1;基本;2019/04/01;2027/03/31;￥54,000,000;180;3/5 訪問\n"
    "K-2;C-2;基本;2019/04/01;2027/02/30;応相談;24;\n"
    'K-3;C-1;"監査\nパック";2026/04/01;;￥1,200;;\n'
    "K-4;C-1;基本\n"
)
MAPPING = """
source = "crm"
[[file]]
name = "contracts.csv"
into = "contracts"
delimiter = ";"
skip_lines = 1
[file.formats]
dates = ["%Y/%m/%d"]
marks = ["￥"]
[file.fields]
external_id = "契約番号"
customer = "顧客ID"
product = "商品"
starts_on = "契約開始日"
ends_on = { column = "契約終了日", last_day = true }
annual_amount = "年間金額"
currency = { constant = "JPY" }
seats = "席数"
"""


@pytest.fixture
def admin(client: Client) -> User:
    organisation(currency="JPY")
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def contracts() -> FileMap:
    (file,) = parse(MAPPING, "a test").files
    return file


def written(tmp_path: Path, content: str = EXPORT) -> Path:
    path = tmp_path / "contracts.csv"
    path.write_text(content)
    return path


def told(path: Path, number: int) -> one_line.Line:
    found = one_line.line_of(path, contracts(), TARGETS["contracts"], number, DAY)
    assert found is not None
    return found


def test_each_field_has_what_stands_in_the_file_and_what_would_be_written(admin: User, tmp_path: Path) -> None:
    line = told(written(tmp_path), 3)
    assert (line.number, line.before, line.behind, line.last, line.is_whole) == (3, None, 4, 7, True)
    assert {cell.field.name: (cell.texts, cell.value) for cell in line.cells} == {
        "external_id": (("K-1",), "K-1"), "customer": (("C-1",), "C-1"), "product": (("基本",), "基本"),
        "starts_on": (("2019/04/01",), dt.date(2019, 4, 1)), "ends_on": (("2027/03/31",), dt.date(2027, 4, 1)),
        "annual_amount": (("￥54,000,000",), Decimal(54_000_000)), "currency": ((), "JPY"), "seats": (("180",), 180),
    }  # fmt: skip
    assert (line.troubles, line.is_skipped, line.currency) == ((), False, "JPY")


def test_a_line_that_would_be_refused_says_why_and_where(admin: User, tmp_path: Path) -> None:
    line = told(written(tmp_path), 4)
    assert [column for column, _reason in line.troubles] == ["契約終了日", "年間金額"]
    reasons = {cell.field.name: cell.reasons for cell in line.cells if cell.reasons}
    assert {*reasons} == {"ends_on", "annual_amount"}
    assert "2027/02/30" in reasons["ends_on"][0]
    # A record over two lines is the one of both; too few cells are told of the line as a whole.
    assert (told(written(tmp_path), 6).number, told(written(tmp_path), 5).behind) == (5, 7)
    short = told(written(tmp_path), 99)
    assert (short.number, short.cells, short.troubles[0][0]) == (7, (), "")
    assert "8" in short.troubles[0][1]


def test_of_a_long_file_only_the_beginning_is_read(
    admin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"K-{n};C-1;基本;2019/04/01;2027/03/31;￥{n};1;\n" for n in range(2_000))
    path = written(tmp_path, EXPORT.partition("\nK-1")[0] + "\n" + rows)
    line = told(path, 10_000)
    assert (line.number, line.last, line.is_whole) == (one_line.MOST + 2, one_line.MOST + 2, False)
    monkeypatch.setattr(sampling, "BEGINNING", 1 << 13)
    monkeypatch.setattr(one_line, "MOST", 10_000)
    path = written(tmp_path, EXPORT.partition("\nK-1")[0] + "\n" + rows + rows)
    cut = told(path, 10_000)
    assert (cut.is_whole, cut.troubles) == (False, ())
    assert 50 < cut.last < 200


def said(client: Client, run: ImportRun, **changes: str) -> dict[str, str]:
    return {name: value for name, value in sent(client, run, **changes).items() if name != "form_key"}


def asked(client: Client, run: ImportRun, data: dict[str, str]) -> Any:
    return client.post(f"{page(run)}line/", data, headers={"HX-Request": "true"})


def test_the_line_follows_the_form_and_writes_nothing(client: Client, admin: User) -> None:
    aoba = make.customer(name="青葉物流")
    ExternalKey.objects.create(customer=aoba, source="crm", external_id="C-1")
    run = begun(client, upload(admin, "契約一覧.csv", EXPORT.encode("cp932")))
    data = said(client, run, into="contracts", source="crm")
    assert "A line as it will be read" in text(client.get(page(run)))
    shown = text(asked(client, run, data | {"line": "3"}))
    assert "Line 3 as it will be read" in shown
    for words in (
        '<b>青葉物流</b> <span class="muted">C-1</span>', "<s>￥54,000,000</s>", "<b>¥54,000,000</b>", "<b>1 Apr 2019</b>",
        '<span class="then" id="then-6" hx-swap-oob="true">makes ARR</span>',
        '<span class="then" id="then-8" hx-swap-oob="true">is left out</span>',
    ):  # fmt: skip
        assert words in shown, words
    # A choice that somebody makes is followed at once; another line is looked at.
    changed = text(asked(client, run, data | {"c-6-field": "", "line": "3", "to": "4"}))
    assert "Line 4 as it will be read" in changed
    assert "This line would be refused." in changed
    assert "“2027/02/30” is not a date" in changed
    assert "<s>24</s>" not in changed
    assert 'id="then-7" hx-swap-oob="true">is left out<' in changed
    assert "nobody is known by it yet" in changed
    run.refresh_from_db()
    assert (run.state, Customer.objects.count(), run.places[0].get("said", {}).get("c-6-field")) == ("draft", 1, None)


def test_what_is_asked_waits_for_its_answer_and_what_is_lacking_hides_no_line(client: Client, admin: User) -> None:
    content = "契約番号;顧客ID;商品;契約開始日;年間金額\nK1;C1;基本;04/05/2027;￥1,200\nK2;C2;基本;05/06/2027;￥2,400\n"
    run = begun(client, upload(admin, "契約.csv", content.encode("cp932")))
    data = said(client, run, into="contracts", source="crm")
    shown = text(asked(client, run, data))
    assert "waits for your answer above" in shown
    (question,) = [name for name in client.get(page(run)).context["setup"].reading.questions if "dates" in name]
    answered = text(asked(client, run, data | {question: "0"}))
    assert "waits for your answer above" not in answered
    without = text(asked(client, run, data | {question: "0", "c-2-field": ""}))
    assert "Line 2 as it will be read" in without
    assert "<b>¥1,200</b>" in without


def test_a_line_costs_as_many_statements_with_many_columns(client: Client, admin: User) -> None:
    def statements(width: int) -> int:
        names = ";".join(f"Feld {n}" for n in range(width))
        cells = ";".join("x" for _n in range(width))
        run = begun(client, upload(admin, f"kunden{width}.csv", f"external_id;name;{names}\nC1;Acme;{cells}\n"))
        data = said(client, run, into="customers", source="crm")
        asked(client, run, data)
        with CaptureQueriesContext(connection) as found:
            assert "<b>Acme</b>" in text(asked(client, run, data))
        return len(found)

    assert statements(1) == statements(250)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_line_is_shown_of_every_target_however_few_of_its_fields_are_filled(
    client: Client, admin: User, name: str
) -> None:
    run = begun(client, upload(admin, f"{name}.csv", b"external_id,customer,score,name\nX1,C-1,9,Acme\n"))
    data = said(client, run, into=name, source="crm")
    for columns in ({}, {f"c-{place}-field": "" for place in range(1, 4)}):
        answer = asked(client, run, data | columns | {"line": "2"})
        assert answer.status_code == 200
        assert "as it will be read" in text(answer)
