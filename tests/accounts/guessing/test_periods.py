"""For which period an amount stands and what one of them counts: by its heading, else asked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.forms.import_reading import AMOUNTS, OF_UNITS_AND_PERIODS, READ, read_as, read_choices, reading_of
from accounts.imports.guessing import Fit, Guess, guess, periods
from accounts.imports.guessing.headers import names_of
from accounts.imports.guessing.units import times_of, unit_of
from accounts.imports.maps import FieldMap
from accounts.imports.recognising.columns import described
from accounts.imports.recognising.found import Choice, Question, Recognised
from accounts.imports.targets import TARGETS


def of(heading: str, *amounts: str) -> tuple[Guess, Recognised]:
    """The guess and the file of contracts with such amounts."""
    names = ("id", "customer_id", "product", "start", heading)
    cells = [(f"K{number}", "C1", "Suite", "2026-01-01", amount) for number, amount in enumerate(amounts)]
    details, formats, _questions = described(names, cells)
    file = Recognised("contracts.csv", columns=names, samples=tuple(cells), details=details, formats=formats)
    return guess(file, TARGETS, "contracts"), file


def questions(guessed: Guess, file: Recognised, home: str = "USD") -> list[Question]:
    return periods.questions(guessed, file, lambda: home)


@pytest.mark.parametrize(
    ("heading", "times"),
    [
        ("MRR", 12), ("Monthly fee", 12), ("monthly_amount", 12), ("Amount per month", 12), ("Price / month", 12), ("月額", 12),
        ("月額費用（税込）", 12), ("月単価", 12), ("1ヶ月の料金", 12), ("Monatsbetrag", 12), ("Quarterly amount", 4), ("四半期金額", 4),
        ("ARR", 1), ("Annual amount", 1), ("Amount p.a.", 1), ("annualized value", 1), ("年額", 1), ("年間契約金額", 1), ("Jahresbetrag", 1),
        ("Amount", None), ("Price", None), ("Total price", None), ("Contract value", None), ("金額", None), ("契約金額", None),
        ("契約金額（3年）", None), ("契約金額（12ヶ月）", None), ("半年額", 2), ("Half-yearly amount", 2), ("SemiAnnualAmount", 2), ("Halbjahresbetrag", 2), ("Betrag", None),
        ("MonthlyAmount", 12), ("AnnualAmount", 1), ("monthlyFee", 12),
        # A period and how it is paid, or how many months it has: asked.
        ("年額（半年払い）", None), ("契約金額（上期）", None), ("Biannual amount", None), ("Annual amount (billed monthly)", None), ("12-month contract value", None), ("6 month amount", None), ("年額（月次請求）", None),
    ],
)  # fmt: skip
def test_the_period_that_a_heading_names(heading: str, times: int | None) -> None:
    assert times_of(heading) == times
    guessed, file = of(heading, "1,200", "900")
    is_guessed = any(fit.field == "annual_amount" for fit in guessed.columns)
    assert bool(questions(guessed, file)) is (times is None and is_guessed)
    assert is_guessed or times
    assert {fit.times for fit in guessed.columns if fit.field == "annual_amount"} <= {times or 1}


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("年額(千円)", 1_000), ("年額（百万円）", 1_000_000), ("月額（万円）", 10_000), ("ARR (k USD)", 1_000), ("ARR in thousands", 1_000),
        ("ARR ($k)", 1_000), ("ARR K€", 1_000), ("ARR TEUR", 1_000), ("ARR (T€)", 1_000), ("ARR in Mio", 1_000_000), ("ARR ($M)", 1_000_000),
        ("ARR", 1), ("MRR", 1), ("annual amount", 1), ("Mark price", 1), ("Kundenpreis", 1), ("M price", 1), ("K plan", 1),
        ("売上（億円）", 10**8), ("契約金額（千万円）", 10**7), ("契約金額（十万円）", 10**5), ("年額（十億円）", 10**9), ("金額 単位：千円", 1_000),
        ("金額（単位・万円）", 10_000), ("年額（千ドル）", 1_000), ("年額（百万ユーロ）", 10**6), ("年額（仟円）", 1_000), ("年額（千円・税抜）", 1_000),
        ("ARR ($bn)", 10**9), ("ARR bn", 10**9), ("ARR (mn)", 10**6), ("ARR EUR mn", 10**6), ("ARR (mln)", 10**6), ("ARR (000s)", 1_000),
        ("ARR ('000)", 1_000), ("ARR in 1000", 1_000), ("ARR in 1,000 USD", 1_000), ("ARR EUR k", 1_000), ("ARR (USD k)", 1_000),
        ("ARR (lakh)", 10**5), ("ARR in crore", 10**7), ("T EUR", 1_000), ("Umsatz in T€", 1_000), ("Betrag in Tsd. EUR", 1_000),
        ("Betrag in 1.000 €", 1_000), ("Jahresbetrag in Mrd. €", 10**9), ("Betrag in Millionen", 10**6), ("Montant en milliers d'euros", 1_000),
        ("Montant (k€)", 1_000), ("Montant en millions", 10**6), ("Montant en milliards", 10**9),
        ("price per thousand", 1), ("Price per 1,000", 1), ("Preis pro Tausend", 1), ("Preis je 1.000", 1), ("Prix par mille", 1),
        ("単価（千件あたり）", 1), ("単価（万件あたり）", 1), ("千葉支店 売上金額", 1), ("万代店 金額", 1), ("千代田区 契約金額", 1), ("億田商事 金額", 1),
        ("ARR 2000", 1), ("Plan 1000 price", 1), ("Amount per month", 1),
        # A number of what is bought or promised, a state, a region, a title and a credit are no units.
        ("ARR (10,000 contacts)", 1), ("ARR > 10,000", 1), ("Price for 1,000 users", 1), ("Fee up to 1 000 users", 1), ("Monthly fee, 1,000 GB", 1),
        ("Plan 5.000", 1), ("Betrag Paket 10'000", 1), ("Fee 1 000 000 calls", 1), ("Price for 2 million requests", 1), ("年額100万円以上", 1),
        ("Fee, 1.5 Mio. Kontakte", 1), ("ARR LAC", 1), ("Annual fee MN", 1), ("Mrs amount", 1), ("Amount USD CR", 1), ("Amount (CR)", 1),
        ("ARR 2025 (000s)", 1_000), ("FY25 000s", 1_000), ("ARR USD 000", 1_000), ("ARR (EUR 1,000)", 1_000), ("Umsatz (1.000 €)", 1_000),
        ("ARR in EUR 1,000", 1_000), ("ARR x 1,000", 1_000), ("ARR [k]", 1_000), ("CA en k euros", 1_000), ("Umsatz 2025 Mio. EUR", 10**6),
        ("売上2025年度 千円", 1_000), ("ARR ($MM)", 10**6), ("ARR in mn", 10**6), ("ARR EURm", 10**6), ("ARR kEUR", 1_000), ("CA (Md€)", 10**9),
        ("ARR (₹ Cr)", 10**7), ("ARR (Rs. Cr)", 10**7), ("ARR INR lac", 10**5), ("ARR (lac)", 10**5), ("ARR in lacs", 10**5),
    ],
)  # fmt: skip
def test_what_an_amount_counts_by_its_heading(heading: str, unit: int) -> None:
    assert unit_of(heading) == unit


def test_units_and_periods_count_together_and_are_offered() -> None:
    for heading, read in (
        ("月額（千円）", "monthly_thousands"),
        ("ARR (k$)", "thousands"),
        ("Quarterly amount in millions", "quarterly_millions"),
    ):
        guessed, _file = of(heading, "12", "9")
        (fit,) = [fit for fit in guessed.columns if fit.field == "annual_amount"]
        assert read_as(fit) == read
        assert fit.times == READ[read]["times"]
        assert read in [name for name, _words in read_choices(["12", "9"], read_as(fit), heading)]
    # Amounts of invoices have no period, but a unit.
    rows = [("I1", "C1", "2026-01-01", "2026-02-01", "12")]
    names = ("invoice id", "customer id", "invoice date", "due date", "amount (千円)")
    (fit,) = [
        fit
        for fit in guess(Recognised("x.csv", columns=names, samples=tuple(rows)), TARGETS, "invoices").columns
        if fit.field == "amount"
    ]
    assert fit.times == 1_000
    assert [name for name, _words in read_choices(["12"], "", "amount")] == [name for name, _words in AMOUNTS]
    assert len(read_choices(["12"], "", "amount (万円)")) == len(AMOUNTS) + 4


def test_every_way_to_read_an_amount_has_words_of_its_own() -> None:
    offered = [*AMOUNTS, *OF_UNITS_AND_PERIODS]
    assert {name for name, _words in offered} == READ.keys() - {"last_day"}
    assert len({str(words) for _name, words in offered}) == len(offered)
    for how in READ.values():
        if not how.keys() & {"tax", "last_day"}:
            fit = Fit(
                0,
                "x",
                "annual_amount",
                1.0,
                "",
                how.get("times", Decimal(1)),
                minor_units=how.get("minor_units", False),
            )
            assert READ[read_as(fit)] == how


def test_the_question_says_what_the_first_amount_comes_to() -> None:
    guessed, file = of("Betrag", "-50,00", "1.250,50 €", "2.400,00 €")
    (question,) = questions(guessed, file)
    assert (question.about, question.column) == ("per", "Betrag")
    assert question.text == (
        "Betrag: for which period does an amount stand? Of a whole term: say first which columns are its start and its end, or its months."
    )
    assert [(choice.value, choice.example) for choice in question.choices] == [
        ("1", "a year: 1,250.5 a year"), ("12", "a month: 15,006 a year"), ("4", "a quarter: 5,002 a year"),
        ("2", "half a year: 2,501 a year"),
    ]  # fmt: skip
    read = FieldMap("annual_amount", ("Betrag",), tax=Decimal(10)), FieldMap("starts_on", ("start",))
    amount, start = periods.answered(read, {("per", "Betrag"): "12", ("per", "start"): "4"})
    assert (amount, start) == (replace(read[0], times=Decimal(12)), read[1])
    assert questions(*of("Amount", "", "n/a", "0")) == [], "no amount, no question"
    assert questions(*of("Amount", "9" * 120_000)) == [], "its row is refused, and the page need not say all its digits"
    assert questions(*of("Amount", "9" * 30, "50"))[0].choices[0].example == "a year: 50 a year"


@pytest.mark.parametrize(
    ("heading", "currency", "home", "year", "month"),
    [
        ("Amount in cents", "", "USD", "12.34", "148.08"), ("Amount in cents", "eur", "JPY", "12.34", "148.08"),
        ("Amount in cents", "JPY", "USD", "1,234", "14,808"), ("Amount in cents", "", "JPY", "1,234", "14,808"),
        ("Amount (k€)", "", "JPY", "1,234,000", "14,808,000"),
    ],
)  # fmt: skip
def test_the_question_counts_cents_and_thousands_as_the_import_does(
    heading: str, currency: str, home: str, year: str, month: str
) -> None:
    names = ("id", "customer_id", "product", "start", "term months", "currency", heading)
    file = Recognised("x.csv", columns=names, samples=(("K1", "C1", "Suite", "2026-01-01", "36", currency, "1234"),))
    (question,) = questions(guess(file, TARGETS, "contracts"), file, home)
    assert [choice.example for choice in question.choices[:2]] == [f"a year: {year} a year", f"a month: {month} a year"]
    assert question.choices[-1].value == "term"


def test_known_names_that_count_several_times_name_their_period() -> None:
    """Else the heading would be asked about although its known name answers it."""
    names = names_of("annual_amount", TARGETS["contracts"].names)
    assert {" ".join(name.parts): name.times for name in names if name.times != 1} == {
        " ".join(name.parts): times for name in names if (times := times_of(" ".join(name.parts))) not in (None, 1)
    }


@pytest.mark.parametrize(
    ("name", "header", "row", "target", "fields"),
    [
        (
            "Kunden.csv", "Kunden-Nr.;Firma;Land;Mitarbeiter;Branche;Domain;Betreuer", "1;Alpha GmbH;Deutschland;12;IT;alpha.de;Jo", "customers",
            ["external_id", "name", "country", "employees", "industry", "domain", "owner"],
        ),
        (
            "Verträge.csv", "Vertragsnr;Kundennr;Produkt;Vertragsbeginn;Vertragsende;Laufzeit;Betrag;Kündigungsfrist;Währung",
            "V1;1;Pro;01.01.2026;31.12.2026;12;1.200,00;90;EUR", "contracts",
            ["external_id", "customer", "product", "starts_on", "ends_on", "term_months", "annual_amount", "notice_days", "currency"],
        ),
        (
            "Ansprechpartner.csv", "Kontakt-ID;Kunde;Vorname;Nachname;E-Mail;Position;Abteilung;Anrede", "7;1;Jo;Meier;j@a.de;CFO;Finanzen;Frau",
            "contacts", ["external_id", "customer", "given_name", "family_name", "email", "title", "department", "honorific"],
        ),
        (
            "export.csv", "Rechnungsnr;Kundennr;Rechnungsdatum;Fällig am;Rechnungsbetrag;Bezahlt am", "R1;1;01.02.2026;03.02.2026;1.200,50;", "invoices",
            ["external_id", "customer", "issued_on", "due_on", "amount", "paid_on"],
        ),
    ],
)  # fmt: skip
def test_the_usual_german_headings_are_known(name: str, header: str, row: str, target: str, fields: list[str]) -> None:
    guessed = guess(Recognised(name, columns=tuple(header.split(";")), samples=(tuple(row.split(";")),)), TARGETS)
    assert (guessed.target, guessed.lacking, [fit.field for fit in guessed.columns]) == (target, (), fields)


def test_an_amount_of_the_whole_term_is_an_answer_where_the_term_is_known() -> None:
    names = ("id", "customer_id", "product", "start", "term months", "contract value")
    rows = (("K1", "C1", "Suite", "2026-01-01", "36", "36000"),)
    file = Recognised("contracts.csv", columns=names, samples=rows)
    guessed = guess(file, TARGETS, "contracts")
    (question,) = questions(guessed, file)
    assert [choice.value for choice in question.choices] == ["1", "12", "4", "2", "term"]
    by_days = replace(
        guessed,
        columns=tuple(replace(fit, field="ends_on") if fit.field == "term_months" else fit for fit in guessed.columns),
    )
    (question,) = questions(by_days, file)
    assert question.choices[-1] == Choice("term", "the whole term: divided by the months from start to end, times 12")
    term = FieldMap("term_months", ("term months",))
    amount = FieldMap("annual_amount", ("contract value",), minor_units=True)
    answered, _term = periods.answered((amount, term), {("per", "contract value"): "term"})
    assert answered == replace(amount, times=Decimal(12), per=("term months",))
    (by_days_answered,) = periods.answered((amount,), {("per", "contract value"): "term"})
    assert by_days_answered == replace(amount, times=Decimal(12), whole_term=True)
    monthly = FieldMap("annual_amount", ("x",), times=Decimal(12))
    assert reading_of(replace(monthly, whole_term=True)) == "whole_term"
    assert reading_of(replace(monthly, whole_term=True, by=("count",))) == ""
    assert reading_of(monthly) == "monthly"
    assert reading_of(replace(monthly, per=("term months",)), term) == "whole_term"
    # Divided by another column, by several, or multiplied besides: another way, which stays as it is.
    for given in (
        replace(monthly, per=("count",)),
        replace(monthly, per=("term months", "count")),
        replace(monthly, per=("term months",), by=("count",)),
    ):
        assert reading_of(given, term) == ""
    assert reading_of(replace(monthly, per=("term months",))) == "", "no column fills the term"


@pytest.mark.parametrize("heading", ["Amount in millions", "契約金額（百万円）", "Amount"])
@pytest.mark.parametrize("digits", [17, 19, 20, 21, 40, 5_000])
def test_no_page_fails_by_an_absurd_amount(heading: str, digits: int) -> None:
    asked = questions(*of(heading, "9" * digits))
    assert len(asked) <= 1
    assert all(len(choice.example) < 80 for question in asked for choice in question.choices)
