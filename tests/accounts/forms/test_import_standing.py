"""What a person gives a column by hand is read by its heading and values, or asked, as if it had been guessed."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.forms.import_file import FileSetup
from accounts.models import ImportRun, SavedMapping, User
from tests.accounts.importing.test_drafts import admin, begun, page, sent, text, upload

__all__ = ["admin"]
pytestmark = pytest.mark.django_db
HEAD, ROWS = "contract_id,customer_id,product,start_date", ("K1,C1,Suite,2026-01-01", "K2,C2,Suite,2026-03-15")
LOOK = "This follows from what you changed: look whether it is right, then go on."


def of(client: Client, by: User, columns: str, *cells: str) -> ImportRun:
    """A run of one file of contracts with these columns behind the usual ones."""
    rows = [f"{row},{more}" for row, more in zip(ROWS, cells, strict=True)]
    return begun(client, upload(by, "deals.csv", "\n".join([f"{HEAD},{columns}", *rows, ""])))


def again(client: Client, run: ImportRun, **changes: str) -> FileSetup:
    """The page after "Read it again like that"."""
    client.post(page(run), sent(client, run, **changes) | {"again": "1"})
    setup: FileSetup = client.get(page(run)).context["setup"]
    return setup


def saved(client: Client, run: ImportRun, **changes: str) -> str:
    """The mapping that the page says, once what follows from a change was looked at."""
    answer = client.post(page(run), sent(client, run, **changes) | {"save": "1", "name": "Deals"})
    assert answer.status_code == 302, text(answer)
    return SavedMapping.objects.get(name="Deals").toml


@pytest.mark.parametrize(
    ("heading", "read", "said"),
    [
        ("MRR", "monthly", "times = 12 }"),
        ("四半期額（千円）", "quarterly_thousands", "times = 4000 }"),
        ("ARR in cents", "minor_units", "minor_units = true }"),
        ("半年額", "half_yearly", "times = 2 }"),
    ],
)
def test_an_amount_chosen_by_hand_is_read_by_its_heading_and_shown_first(
    client: Client, admin: User, heading: str, read: str, said: str
) -> None:
    run = of(client, admin, f"ARR,{heading}", "120,10", "240,20")
    first = client.get(page(run)).context["setup"]
    assert [first.columns[f"c-{place}-field"].value() for place in (4, 5)] == ["annual_amount", ""]
    changed = sent(client, run) | {"c-4-field": "", "c-5-field": "annual_amount"}
    answer = client.post(page(run), changed | {"next": "1"})
    assert answer.status_code == 422
    columns = answer.context["setup"].columns
    assert (columns["c-5-read"].value(), columns.errors["c-5-read"]) == (read, [LOOK])
    # Whoever chose another way at once, or does so now, is believed.
    chosen = client.post(page(run), changed | {"c-5-read": "tax10", "again": "1"})
    assert chosen.status_code == 302
    assert client.get(page(run)).context["setup"].columns["c-5-read"].value() == "tax10"
    # What was said of another field is not said of this one.
    back = again(client, run, **{"c-4-field": "annual_amount", "c-5-field": "discount_percent"})
    assert back.columns["c-5-read"].value() == ""
    setup = again(client, run, **{"c-4-field": "", "c-5-field": "annual_amount"})
    assert setup.columns["c-5-read"].value() == read
    assert f'annual_amount = {{ column = "{heading}", {said}\n' in saved(client, run)


@pytest.mark.parametrize(
    ("ends", "is_last"),
    [(("2026-12-31", "2027-03-14"), True), (("2027-01-01", "2027-03-15"), False), (("2026-08-17", "2026-09-09"), None)],
)
def test_an_end_chosen_by_hand_is_read_by_the_starts_beside_it_or_asked(
    client: Client, admin: User, ends: tuple[str, str], *, is_last: bool | None
) -> None:
    run = of(client, admin, "ARR,Bis", *(f"120,{end}" for end in ends))
    assert client.get(page(run)).context["setup"].columns["c-5-field"].value() == ""
    setup = again(client, run, **{"c-5-field": "ends_on"})
    assert list(setup.reading.questions) == ([] if is_last is not None else ["q-last_day-Bis"])
    if is_last is not None:
        assert setup.columns["c-5-read"].value() == ("last_day" if is_last else "")
        assert ('ends_on = { column = "Bis", last_day = true }' in saved(client, run)) is is_last
        # The start moves to a column that says otherwise, or nothing.
        return
    answered = again(client, run, **{"q-last_day-Bis": "0"})
    assert answered.reading["q-last_day-Bis"].value() == "0"
    assert 'ends_on = { column = "Bis", last_day = true }' in saved(client, run)
    # The answer does not stay when another column is the end, nor is it there when this one is again.
    assert list(again(client, run, **{"c-5-field": ""}).reading.questions) == []
    assert again(client, run, **{"c-5-field": "ends_on"}).reading["q-last_day-Bis"].value() is None


def test_an_end_without_any_start_is_asked_where_its_heading_says_nothing(client: Client, admin: User) -> None:
    run = begun(client, upload(admin, "x.csv", "contract_id,customer_id,product,ARR,Bis\nK1,C1,Suite,120,2026-12-31\n"))
    setup = again(client, run, into="contracts")
    assert list(setup.reading.questions) == []
    setup = again(client, run, **{"c-4-field": "ends_on"})
    (question,) = setup.reading.questions.values()
    assert (question.about, question.choices[0].example) == ("last_day", "2026-12-31 is the last day on which it holds")


def test_the_currency_follows_the_column_unless_somebody_typed_it(client: Client, admin: User) -> None:
    run = of(client, admin, "ARR (EUR),ARR GBP,Yearly sum (kr)", "120,10,5", "240,20,5")
    assert client.get(page(run)).context["setup"].columns["d-currency"].value() == "EUR"
    changed = sent(client, run) | {"c-4-field": "", "c-5-field": "annual_amount"}
    answer = client.post(page(run), changed | {"next": "1"})
    assert answer.status_code == 422
    columns = answer.context["setup"].columns
    assert (columns["d-currency"].value(), columns.errors["d-currency"]) == ("GBP", [LOOK])
    setup = again(client, run, **{"c-4-field": "", "c-5-field": "", "c-6-field": "annual_amount"})
    assert (list(setup.reading.questions), setup.columns["d-currency"].value()) == (["q-currency-Yearly sum (kr)"], "")
    assert again(client, run, **{"q-currency-Yearly sum (kr)": "0"}).columns["d-currency"].value() == "SEK"
    # Typed, it stays, whatever column is the amount.
    assert again(client, run, **{"d-currency": "CHF"}).columns["d-currency"].value() == "CHF"
    setup = again(client, run, **{"c-4-field": "annual_amount", "c-6-field": ""})
    assert (list(setup.reading.questions), setup.columns["d-currency"].value()) == ([], "CHF")
    assert 'currency = { constant = "CHF" }' in saved(client, run)


def test_beside_a_mapping_a_column_that_it_does_not_read_so_is_asked_all_the_same(client: Client, admin: User) -> None:
    columns, cells = "ARR,Amount (kr),Price incl. tax,Until", ("120,10,110,2026-08-17", "240,20,220,2026-09-09")
    saved(client, of(client, admin, columns, *cells), **{"c-5-field": "", "c-6-field": "", "c-7-field": ""})
    run = of(client, admin, columns, *cells)
    assert client.get(page(run)).context["setup"].by == "saved:Deals"
    setup = again(client, run, **{"c-4-field": "", "c-5-field": "annual_amount", "c-7-field": "ends_on"})
    assert {*setup.reading.questions} == {"q-last_day-Until", "q-per-Amount (kr)", "q-currency-Amount (kr)"}
    setup = again(client, run, **{"c-5-field": "", "c-6-field": "annual_amount", "c-7-field": ""})
    assert {*setup.reading.questions} == {"q-tax-Price incl. tax", "q-per-Price incl. tax"}
    assert list(again(client, run, **{"c-4-field": "annual_amount", "c-6-field": ""}).reading.questions) == []


def test_a_total_of_the_term_is_divided_by_the_months_from_start_to_end(client: Client, admin: User) -> None:
    run = of(client, admin, "Total contract value,End date", "36000,2029-01-01", "24000,2028-03-15")
    name = "q-per-Total contract value"
    setup = client.get(page(run)).context["setup"]
    assert setup.reading.questions[name].choices[-1].value == "term"
    # Without its end nobody can say it: the page says what is lacking, and stays open.
    without = again(client, run, **{"c-5-field": ""})
    assert "say first which columns are its start and its end" in without.reading.questions[name].text
    answer = client.post(page(run), sent(client, run) | {name: "4", "next": "1"})
    assert answer.status_code == 422
    assert again(client, run, **{"c-5-field": "ends_on", name: "4"}).reading[name].value() == "4"
    toml = saved(client, run)
    assert 'annual_amount = { column = "Total contract value", times = 12, whole_term = true }' in toml
    # The mapping says it the next time, and is taken as it stands.
    known = of(client, admin, "Total contract value,End date", "36000,2029-01-01", "24000,2028-03-15")
    setup = client.get(page(known)).context["setup"]
    assert (setup.by, list(setup.reading.questions), setup.columns["c-4-read"].value()) == (
        "saved:Deals",
        [],
        "whole_term",
    )
    assert saved(client, known) == toml
