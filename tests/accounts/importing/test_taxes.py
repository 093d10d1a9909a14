"""Whether tax is in the amounts: nobody guesses it, neither the command nor the page nor a saved mapping."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.imports.cells import Formats
from accounts.imports.mapping import find
from accounts.imports.maps import FieldMap, FileMap, MappingError
from accounts.imports.taxes import check_told, tax_word
from accounts.models import ContractLine, Customer, ImportFile, SavedMapping, User
from tests.accounts.importing.runs import work
from tests.accounts.importing.test_drafts import begun, page, sent, text, upload
from tests.accounts.imports import write
from tests.factories import organisation, user

pytestmark = pytest.mark.django_db
MAPPING = """
title = "契約"
source = "csv"
[[file]]
name = "contracts.csv"
into = "contracts"
optional = true
[file.fields]
external_id = "契約番号"
customer = "顧客ID"
product = "商品"
starts_on = "開始日"
annual_amount = {amount}
"""
HEAD = "契約番号,顧客ID,商品,開始日"
ROWS = [("K1", 1100, 1000), ("K2", 2200, 2000), ("K3", 550, 500)]


@pytest.fixture(autouse=True)
def admin(client: Client) -> User:
    organisation(currency="JPY")
    Customer.objects.create(name="青葉物流").external_keys.create(source="csv", external_id="C1")
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def contracts(*columns: str) -> str:
    """A file whose amounts are with tax, or with and without it in two columns."""
    rows = [",".join([key, "C1", "基本", "2026-01-01", *map(str, amounts[: len(columns)])]) for key, *amounts in ROWS]
    return "\n".join([",".join([HEAD, *columns]), *rows, ""])


def brought(folder: Path, content: str, amount: str) -> str:
    """What the command says."""
    by = write(folder / "map.toml", MAPPING.format(amount=amount))
    path = write(folder / "contracts.csv", content)
    out = StringIO()
    try:
        call_command("import_data", path, mapping=str(by), rejects=folder / "r.csv", stdout=out)
    except CommandError as refused:
        return str(refused)
    return out.getvalue()


def amounts() -> list[Decimal | None]:
    return list(ContractLine.objects.order_by("contract__external_id").values_list("annual_amount", flat=True))


@pytest.mark.parametrize(
    ("column", "rate"),
    [
        ("年額（税込）", 10), ("金額 税込み", 10), ("内税価格", 10), ("Amount incl. VAT", 10), ("Gross amount", 10), ("Amount (VAT included)", 10),
        ("Betrag brutto", 19), ("Betrag (inkl. MwSt.)", 19), ("Prix TTC", 20),
    ],
)  # fmt: skip
def test_an_amount_that_is_called_with_tax_has_to_say_its_rate(tmp_path: Path, column: str, rate: int) -> None:
    said = brought(tmp_path, contracts(column), f'"{column}"')
    assert said == (
        f"contracts.csv: tax is in {column} by its name: say tax = {rate} (or another rate) of annual_amount, or tax = 0 if it is not."
    )
    assert amounts() == []
    brought(tmp_path, contracts(column), f'{{ column = "{column}", tax = 10 }}')
    assert amounts() == [1000, 2000, 500]


def test_what_is_left_without_tax_is_rounded_to_the_digits_of_its_currency(tmp_path: Path) -> None:
    """1,200,000 / 1.1 = 1,090,909.09 yen, which have no fraction; what a file itself writes with more digits is refused."""
    rows = [
        f'K{number},C1,基本,2026-01-01,"{amount}"' for number, amount in enumerate(["1,200,000", "1000", "1,100", "0"])
    ]
    content = "\n".join([f"{HEAD},年額税込", *rows, ""])
    said = brought(tmp_path, content, '{ column = "年額税込", tax = 10 }')
    assert (amounts(), "more digits than JPY" in said) == ([1_090_909, 909, 1000, 0], False)
    assert "年額税込: 2 different amounts were rounded, such as “1,200,000”" in said
    remarks = str(ImportFile.objects.get().remarks)
    assert ("1,200,000 → 1090909" in remarks, "1090909.09" in remarks) == (True, False)
    # A whole term of 36 months, and one of next to none.
    content = f"{HEAD},金額,月数\nK8,C1,基本,2026-01-01,1000000,36\nK9,C1,基本,2026-01-01,1000000,0.{'0' * 30}1\n"
    said = brought(tmp_path, content, '{ column = "金額", times = 12, per = ["月数"] }')
    assert (amounts()[-1], len(amounts())) == (333_333, 5)
    assert "月数" in (tmp_path / "r.csv").read_text()
    assert "is out of range" in (tmp_path / "r.csv").read_text()


@pytest.mark.parametrize(
    "column", ["年額（税抜）", "税別金額", "本体価格", "Amount excl. VAT", "Net amount", "Prix HT", "年額"]
)
def test_other_amounts_are_without_it(tmp_path: Path, column: str) -> None:
    brought(tmp_path, contracts(column), f'"{column}"')
    assert amounts() == [1100, 2200, 550]


def test_tax_0_takes_a_column_as_it_stands(tmp_path: Path) -> None:
    brought(tmp_path, contracts("年額税込"), '{ column = "年額税込", tax = 0 }')
    assert amounts() == [1100, 2200, 550]


def test_of_two_prices_the_command_asks_which_is_meant(tmp_path: Path) -> None:
    said = brought(tmp_path, contracts("total", "price"), '"total"')
    assert said == (
        "contracts.csv: total is price with tax: read price as annual_amount, or say tax = 10 (or another rate) of it; "
        "tax = 0 if it has nothing to do with tax."
    )
    assert amounts() == []
    brought(tmp_path, contracts("total", "price"), '{ column = "total", tax = 10 }')
    assert amounts() == [1000, 2000, 500]


def test_the_price_without_tax_is_no_question(tmp_path: Path) -> None:
    brought(tmp_path, contracts("total", "price"), '"price"')
    assert amounts() == [1000, 2000, 500]


@pytest.mark.parametrize(
    ("columns", "answer", "taken", "saved"),
    [
        (["年額（税込）"], "10", [1000, 2000, 500], False),
        (["年額（税込）"], "0", [1100, 2200, 550], True),
        (["年額", "価格"], "価格", [1000, 2000, 500], True),
        (["年額", "価格"], "", [1100, 2200, 550], False),
    ],
)
def test_the_page_asks_whatever_the_mapping(
    client: Client, admin: User, columns: list[str], answer: str, taken: list[int], *, saved: bool
) -> None:
    if saved:
        text_of_mapping = MAPPING.format(amount=f'"{columns[0]}"').replace("optional = true\n", "")
        # A mapping from before tax had to be told.
        SavedMapping.objects.create(name="契約", toml=text_of_mapping, by=admin)
    run = begun(client, upload(admin, "contracts.csv", contracts(*columns)))
    setup = client.get(page(run)).context["setup"]
    questions = {name: asked for name, asked in setup.reading.questions.items() if name.startswith("q-tax")}
    assert list(questions) == [f"q-tax-{columns[0]}" if len(columns) == 1 else f"q-tax_pair-{columns[0]}"]
    ((name, question),) = questions.items()
    assert question.text in text(client.get(page(run)))
    data = sent(client, run) | {"next": "1"}
    refused = client.post(page(run), data)
    assert refused.status_code == 422, "no answer, no import"
    values = [choice.value for choice in question.choices]
    place = next(at for at, value in enumerate(values) if value == answer)
    again = client.post(page(run), data | {name: str(place)})
    assert again.status_code == 302, text(again)
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("previewed", "")
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    assert amounts() == taken


def test_only_columns_are_asked() -> None:
    file = FileMap("a.csv", "contracts", "csv", (), Formats())
    check_told(file, FieldMap("annual_amount", ("net",)))
    check_told(file, FieldMap("annual_amount", constant="100"))
    check_told(file, FieldMap("annual_amount", ("税込",), tax=Decimal(8)))
    with pytest.raises(MappingError, match="tax is in 税込 by its name"):
        check_told(file, FieldMap("annual_amount", ("税込",)))


def test_no_shipped_mapping_leaves_it_open() -> None:
    """Every column of money that they read says whether tax is in it, or is not called so."""
    for name in ("stripe", "japanese", "salesforce", "ravenstack", "mrr_playbook", "telco", "tsunagu"):
        for file in find(name).files:
            for field_map in file.fields:
                check_told(file, field_map)


@pytest.mark.parametrize(
    ("said", "cell", "stands"),
    [
        ("tax = 10", "1200000", 1_090_909),
        ("tax = 10", "1100000", 1_000_000),
        ("tax = 8", "999", 925),
        ('times = 12, per = ["月数"]', "100000", 33_333),
        ('times = 12, per = ["月数"]', "-", None),
    ],
)
def test_what_is_left_of_yen_is_rounded_to_yen(tmp_path: Path, said: str, cell: str, stands: int | None) -> None:
    """Nobody can write 1,090,909.09 yen: without its tax, or over its months, an amount has the digits of its currency."""
    content = f"{HEAD},金額,月数\nK1,C1,基本,2026-01-01,{cell},36\n"
    report = brought(tmp_path, content, f'{{ column = "金額", {said} }}')
    found = list(ContractLine.objects.values_list("annual_amount", flat=True))
    assert found == ([stands] if stands else []), report


def test_yen_that_are_given_with_a_fraction_are_refused(tmp_path: Path) -> None:
    assert "1 rejected" in brought(tmp_path, f"{HEAD},金額\nK1,C1,基本,2026-01-01,10.5\n", '"金額"')
    assert "10.50 has more digits than JPY has" in (tmp_path / "r.csv").read_text(encoding="utf-8-sig")


def test_amounts_that_stand_several_times_are_told_once(tmp_path: Path) -> None:
    rows = "".join(f"K{number},C1,基本,2026-01-01,1200000\n" for number in range(3))
    brought(tmp_path, f"{HEAD},金額\n{rows}", '{ column = "金額", tax = 10 }')
    (remark,) = [one for one in ImportFile.objects.get().remarks if one["kind"] == "rounded"]
    assert remark["count"] == 1
    assert remark["rows"] == [[None, "1200000 → 1090909"]]


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("Net amount incl. discount", False),
        ("Nettobetrag inkl. Rabatt", False),
        ("Net (excl. VAT, incl. fees)", False),
        ("Net à payer TTC", True),
        ("Betrag netto inkl. MwSt.", True),
        ("Betrag (inkl. MwSt.)", True),
        ("Amount incl. discount", True),
        ("税抜（税込 別欄）", True),
        ("Amount (inc GST)", True),
        ("Total inc. VAT", True),
        ("金額（消費税含む）", True),
        ("消費税等を含む金額", True),
        ("合計（税含）", True),
        ("Betrag m. MwSt.", True),
        ("Price w/ VAT", True),
        ("Price with 10 % tax", True),
        ("Amount after tax", True),
        ("Montant TVAC", True),
        ("Amount w/o VAT", False),
        ("Netto m. Rabatt", False),
        ("消費税を含まない金額", False),
        ("金額（消費税を除く）", False),
        ("Betrag o. MwSt.", False),
        ("Total HTVA", False),
        ("Acme Inc revenue", None),
        ("Amount", None),
    ],
)
def test_what_is_included_beside_a_net_amount_must_be_the_tax(heading: str, *, said: bool | None) -> None:
    assert tax_word(heading)[1] is said


@pytest.mark.parametrize(
    ("heading", "rate", "before", "after"),
    [
        ("Amount (incl. VAT)", "17", 1170, 1000),
        ("Amount (VAT included)", "25.5", 1255, 1000),
        ("税込金額", "５", 1050, 1000),
        ("Betrag (inkl. MwSt.)", "8.10", 1081, 1000),
        ("Montant TTC", "24", 1240, 1000),
    ],
)
def test_a_rate_of_tax_that_is_no_choice_is_typed(
    client: Client, admin: User, heading: str, rate: str, before: int, after: int
) -> None:
    file = f"contract id,customer id,product,start date,{heading}\nK1,C1,Suite,2026-01-01,{before}\n"
    run = begun(client, upload(admin, "contracts.csv", file))
    setup = client.get(page(run)).context["setup"]
    question = setup.reading.questions[f"q-tax-{heading}"]
    place = next(str(at) for at, choice in enumerate(question.choices) if choice.value == "typed")
    data = sent(client, run) | {f"q-tax-{heading}": place, "next": "1"}
    if f"q-per-{heading}" in setup.reading.questions:
        data[f"q-per-{heading}"] = "0"
    for wrong in ("", "0", "100", "7.125", "x"):
        refused = client.post(page(run), data | {f"q-rate-{heading}": wrong})
        assert refused.status_code == 422, wrong
        assert refused.context["setup"].reading.errors.keys() == {f"q-rate-{heading}"}
    answer = client.post(page(run), data | {f"q-rate-{heading}": rate})
    assert answer.status_code == 302, (answer.context["setup"].reading.errors, answer.context["setup"].columns.errors)
    work()
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    assert ContractLine.objects.get().annual_amount == after
