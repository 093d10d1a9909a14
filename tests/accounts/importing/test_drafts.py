"""An import set up in the browser: recognised, asked, mapped, previewed; several files in one run."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from accounts import uploads
from accounts.forms.import_questions import answer_of
from accounts.imports import drafting
from accounts.imports.mapping import parse
from accounts.imports.maps import MappingError
from accounts.imports.places import mark_of
from accounts.models import Contract, Customer, ImportLine, ImportRun, Organisation, SavedMapping, Upload, User
from config import clock
from tests import factories as make
from tests.accounts.importing.runs import CONTRACTS, CUSTOMERS, work
from tests.factories import organisation, user

pytestmark = pytest.mark.django_db
DATES = "契約番号;顧客ID;顧客名;契約開始日;年間金額\nK1;C1;青葉物流;04/05/2027;￥1,200\nK2;C2;白樺;05/06/2027;￥2,400\n"


@pytest.fixture
def admin(client: Client) -> User:
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def upload(by: User, name: str, content: str | bytes) -> Upload:
    body = content.encode() if isinstance(content, str) else content
    return uploads.receive(name, BytesIO(body), len(body), by=by, now=clock.now())


def begun(client: Client, *chosen: Upload) -> ImportRun:
    answer = client.post("/import/begin/", {"upload": [row.pk for row in chosen]})
    assert answer.status_code == 302, answer.content
    return ImportRun.objects.latest("pk")


def page(run: ImportRun, number: int = 1) -> str:
    return f"/import/runs/{run.pk}/files/{number}/"


def sent(client: Client, run: ImportRun, number: int = 1, **changes: str) -> dict[str, str]:
    """What a browser sends of the page as it stands, with ``changes``."""
    setup = client.get(page(run, number)).context["setup"]
    forms = (setup.reading, setup.columns)
    data = {name: str(form[name].value() or "") for form in forms for name in form.fields}
    return data | {name.replace("__", "-"): value for name, value in changes.items()}


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_file_goes_from_upload_to_the_record(client: Client, admin: User) -> None:
    run = begun(client, upload(admin, "customers.csv", CUSTOMERS))
    assert client.get(f"/import/runs/{run.pk}/", follow=True).redirect_chain[-1][0] == page(run)
    shown = text(client.get(page(run)))
    assert "<dt>Encoding</dt><dd>UTF-8</dd>" in shown
    answer = client.post(page(run), sent(client, run) | {"next": "1"})
    assert (answer.status_code, answer["Location"]) == (302, f"/import/runs/{run.pk}/")
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("previewed", "")
    assert not Customer.objects.exists()
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    assert set(Customer.objects.values_list("name", flat=True)) == {"Acme", "Beta"}


def test_where_two_readings_fit_nothing_goes_on_before_an_answer(client: Client, admin: User) -> None:
    run = begun(client, upload(admin, "契約.csv", DATES.encode("cp932")))
    setup = client.get(page(run)).context["setup"]
    (question,) = [name for name in setup.reading.questions if name.startswith("q-dates")]
    choices = [choice.example for choice in setup.reading.questions[question].choices]
    assert len(choices) == 2
    refused = client.post(page(run), sent(client, run, into="contracts") | {"next": "1"})
    assert refused.status_code == 422
    assert "This field is required" in text(refused)
    run.refresh_from_db()
    assert run.state == "draft"


def test_what_rows_mean_is_kept_as_the_browser_sent_it(client: Client, admin: User) -> None:
    run = begun(client, upload(admin, "contracts.csv", CONTRACTS))
    meaning = {"m-follows": "customer", "m-missing": "ended", "m-as_of": "2026-07-01"}
    answer = client.post(page(run), sent(client, run) | meaning | {"next": "1"})
    assert answer.status_code == 302, text(answer)
    run.refresh_from_db()
    (place,) = run.places
    assert meaning.items() <= place["said"].items()
    for line in ('follows = "customer"', 'missing = "ended"', "as_of = 2026-07-01"):
        assert line in place["mapping"]


def test_the_preview_counts_the_rows_that_end(client: Client, admin: User) -> None:
    def previewed(content: str) -> str:
        run = begun(client, upload(admin, "contracts.csv", content))
        client.post(page(run), sent(client, run) | {"m-missing": "ended", "next": "1"})
        work()
        shown = text(client.get(f"/import/runs/{run.pk}/"))
        client.post(f"/import/runs/{run.pk}/start/")
        work()
        return shown

    run = begun(client, upload(admin, "customers.csv", CUSTOMERS))
    client.post(page(run), sent(client, run) | {"next": "1"})
    work()
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    assert " ended</p>" not in previewed(CONTRACTS)
    known = Contract.objects.get().external_id
    assert "and 1 ended</p>" in previewed(CONTRACTS.replace(f"{known},", "another,"))


def test_a_mapping_is_saved_and_goes_first_when_it_fits(client: Client, admin: User) -> None:
    content = "No,Firma,Land\nA1,Acme,DE\n"
    run = begun(client, upload(admin, "liste.csv", content))
    data = sent(client, run, into="customers")
    client.post(page(run), data | {"again": "1"})
    data = sent(client, run) | {"c-0-field": "external_id", "c-1-field": "name", "c-2-field": "country"}
    client.post(page(run), data | {"save": "1", "name": "Listen", "source": "crm"})
    toml = SavedMapping.objects.get(name="Listen").toml
    assert 'source = "crm"' in toml
    assert 'name = "Firma"' in toml
    assert client.get(f"{page(run)}mapping.toml").content.decode().startswith("title = ")
    again = begun(client, upload(admin, "liste (1).csv", content + "B2,Beta,FR\n"))
    assert again.places[0]["title"] == "Listen"
    assert client.get(page(again)).context["setup"].by == "saved:Listen"
    assert client.get(page(again)).context["setup"].source == "crm"


def test_the_mapping_of_who_is_no_admin_is_offered_in_an_admins_draft_and_settled_in_their_own(
    client: Client, admin: User
) -> None:
    csm = user("csm")
    Organisation.objects.update(importers=["csm"])
    toml = (
        'source = "billing"\n[[file]]\nname = "customers.csv"\ninto = "customers"\n'
        '[file.fields]\nexternal_id = "external_id"\nname = "name"\n'
    )
    SavedMapping.objects.create(name="Theirs", toml=toml, by=csm)
    run = begun(client, upload(admin, "customers.csv", CUSTOMERS))
    assert drafting.open_files(run) == [1]
    assert sent(client, run)["by"] == "saved:Theirs"
    client.post(page(run), sent(client, run) | {"next": "1"})
    run.refresh_from_db()
    assert (run.state, run.places[0]["title"]) == ("previewing", "Theirs")
    client.force_login(csm)
    run = begun(client, upload(csm, "customers.csv", CUSTOMERS))
    assert (drafting.open_files(run), run.places[0]["title"]) == ([], "Theirs")


def test_all_files_of_a_zip_go_in_in_the_order_of_what_needs_what(client: Client, admin: User) -> None:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("contracts.csv", CONTRACTS)
        archive.writestr("customers.csv", CUSTOMERS)
    run = begun(client, upload(admin, "all.zip", packed.getvalue()))
    shown = client.get(f"/import/runs/{run.pk}/files/")
    assert [row["place"]["into"] for row in shown.context["rows"]] == ["contracts", "customers"]
    client.post(f"/import/runs/{run.pk}/preview/")
    work()
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("done", "")
    assert [file.target for file in run.files.order_by("position")] == ["customers", "contracts"]
    assert Contract.objects.get().external_id == "K1"


def test_a_file_is_left_out_and_a_preview_is_set_up_anew(client: Client, admin: User) -> None:
    run = begun(client, upload(admin, "customers.csv", CUSTOMERS), upload(admin, "contracts.csv", CONTRACTS))
    client.post(f"{page(run, 2)}leave-out/")
    run.refresh_from_db()
    assert ([place["name"] for place in run.places], run.title) == (["customers.csv"], "customers.csv")
    client.post(f"/import/runs/{run.pk}/preview/")
    work()
    assert "Change columns" in text(client.get(f"/import/runs/{run.pk}/"))
    client.post(f"/import/runs/{run.pk}/reopen/")
    run.refresh_from_db()
    assert (run.state, run.files.count()) == ("draft", 0)
    assert client.get(page(run)).status_code == 200
    drafting.preview(run, clock.today(), clock.now())
    work()
    run.refresh_from_db()
    assert run.state == "previewed"


def test_an_import_stopped_before_its_first_file_is_set_up_anew_as_often_as_somebody_wants(
    client: Client, admin: User
) -> None:
    run = begun(client, upload(admin, "customers.csv", CUSTOMERS))
    client.post(f"/import/runs/{run.pk}/preview/")
    work()
    client.post(f"/import/runs/{run.pk}/start/")
    client.post(f"/import/runs/{run.pk}/stop/")
    work()
    for _time in range(3):
        client.post(f"/import/runs/{run.pk}/reopen/")
        run.refresh_from_db()
        assert (run.state, run.started_at) == ("draft", None)
        client.post(f"/import/runs/{run.pk}/preview/")
        work()
        run.refresh_from_db()
        assert (run.state, run.problem) == ("previewed", "")


def test_a_form_of_a_file_that_has_another_number_now_writes_nothing(client: Client, admin: User) -> None:
    files = [upload(admin, f"{name}.csv", CUSTOMERS) for name in ("one", "two", "three")]
    run = begun(client, *files)
    mark = client.get(page(run, 2)).context["mark"]
    client.post(f"{page(run, 1)}leave-out/", {"place": mark_of(run.places[0])})
    run.refresh_from_db()
    before = run.places
    assert [place["name"] for place in before] == ["two.csv", "three.csv"]
    answer = client.post(page(run, 2), {"place": mark, "again": "1", "into": "contacts"}, follow=True)
    assert "The files of this import have changed meanwhile: choose the file again." in text(answer)
    client.post(f"{page(run, 2)}leave-out/", {"place": mark})
    client.post(f"{page(run, 3)}leave-out/", {"place": mark})
    run.refresh_from_db()
    assert run.places == before
    client.post(page(run, 1), {"place": mark, "again": "1", "into": "contacts"})
    run.refresh_from_db()
    assert run.places[0]["said"]["into"] == "contacts"


def test_a_file_with_more_columns_than_a_form_holds_says_so(client: Client, admin: User) -> None:
    wide, most = (
        ",".join(f"c{n}" for n in range(many)) + "\n" + ",".join("1" for _n in range(many)) + "\n"
        for many in (301, 300)
    )
    run = begun(client, upload(admin, "wide.csv", wide))
    assert "wide.csv has 301 columns, and this page can show 300" in text(client.get(page(run)))
    run = begun(client, upload(admin, "most.csv", most))
    assert client.post(page(run), sent(client, run) | {"again": "1"}).status_code == 302


def test_a_file_that_was_recognised_as_too_wide_can_be_read_otherwise(client: Client, admin: User) -> None:
    listed = ",".join(f"c{n}" for n in range(302))
    run = begun(client, upload(admin, "long.csv", f"id;name;{listed}\n1;Acme;{listed}\n"))
    assert "long.csv has 302 columns" in text(client.get(page(run)))
    refused = client.post(page(run), sent(client, run) | {"next": "1"})
    assert refused.status_code == 422
    assert "long.csv has 302 columns" in text(refused)
    client.post(page(run), sent(client, run) | {"again": "1", "delimiter": ";"})
    again = client.get(page(run))
    assert "this page can show" not in text(again)
    assert again.context["setup"].recognised.columns == ("id", "name", listed)


def test_a_file_that_is_no_table_says_so(client: Client, admin: User) -> None:
    run = begun(client, upload(admin, "empty.csv", "\n\n"))
    assert "empty.csv is empty." in text(client.get(page(run)))


def test_what_is_no_longer_a_draft_is_not_found(client: Client, admin: User) -> None:
    run = begun(client, upload(admin, "customers.csv", CUSTOMERS))
    client.post(f"/import/runs/{run.pk}/preview/")
    assert client.get(page(run)).status_code == 404
    assert client.get(page(run, 7)).status_code == 404


def test_a_run_has_one_source_that_is_asked_where_there_are_several_and_shown(client: Client, admin: User) -> None:
    def files(run: ImportRun) -> list[tuple[str, bool]]:
        run.refresh_from_db()
        return [(place["source"], bool(place["mapping"])) for place in run.places]

    def chosen() -> list[Upload]:
        return [upload(admin, "customers.csv", CUSTOMERS), upload(admin, "contracts.csv", CONTRACTS)]

    def customers_of(source: str, n: int) -> None:
        for number in range(n):
            make.customer().external_keys.create(source=source, external_id=f"{source}{number}")

    alone = begun(client, *chosen())
    assert files(alone) == [("csv", True), ("csv", True)]
    customers_of("c03", 1)
    run = begun(client, *chosen())
    assert files(run) == [("c03", True), ("c03", True)]
    assert "<td>c03</td>" in text(client.get(f"/import/runs/{run.pk}/files/"))
    customers_of("c18", 2)
    # Files stay under the source with which their run began.
    assert client.get(page(run)).context["setup"].source == "c03"
    assert client.get(page(alone, 2)).context["setup"].source == "csv"
    asking = begun(client, *chosen())
    assert files(asking) == [("", False), ("", False)]
    shown = client.get(page(asking))
    assert [field.name for field in shown.context["setup"].reading.asked] == ["source"]
    assert "Several are known: c18, c03." in text(shown)
    assert client.post(page(asking), sent(client, asking) | {"next": "1"}).status_code == 422
    client.post(page(asking), sent(client, asking, source="c03") | {"next": "1"})
    assert files(asking) == [("c03", True), ("c03", True)]
    # What somebody said of another file stays.
    client.post(page(asking, 2), sent(client, asking, 2, source="other") | {"next": "1"})
    assert files(asking) == [("c03", True), ("other", True)]
    client.post(page(asking), sent(client, asking, source="c18") | {"next": "1"})
    assert files(asking) == [("c18", True), ("other", True)]
    client.post(f"/import/runs/{run.pk}/preview/")
    work()
    assert "Source: c03" in text(client.get(f"/import/runs/{run.pk}/"))


def test_numbers_longer_than_any_are_no_answer(client: Client, admin: User) -> None:
    """Nor longer than Python reads: an upload, a line, a choice of a question, a number of a mapping."""
    nines = "9" * 5_000
    assert client.post("/import/begin/", {"upload": [nines, "٣" * 5_000]}).status_code < 500
    run = begun(client, upload(admin, "契約.csv", DATES.encode("cp932")))
    setup = client.get(page(run)).context["setup"]
    (question,) = [name for name in setup.reading.questions if name.startswith("q-dates")]
    for digits in (nines, "٣" * 5_000):
        for name in ("skip_lines", "delimiter", question):
            answer = client.post(page(run), sent(client, run, into="contracts") | {name: digits, "again": "1"})
            assert answer.status_code < 500, (name, digits[0])
        assert answer_of(setup.reading.questions[question], {question: digits}) is None
    with pytest.raises(MappingError, match="cannot be read"):
        parse(f"title = {nines}", "long.toml")


TWINS = "customer_id,name,domain,employees\nTW1,Twin One,one.example,3\nTW2,Twin Two,two.example,4\n"
DEALS = (
    "deal_id,customer_id,product,start_date,end_date,annual_amount,stage\n"
    "D1,TW1,Suite,2026-01-01,2027-01-01,12000,won\nD2,TW2,Suite,2026-02-01,2027-02-01,24000,won\n"
)


def test_a_plain_file_with_a_column_of_a_shipped_mapping_is_not_read_by_it(client: Client, admin: User) -> None:
    run = begun(client, upload(admin, "twins.csv", TWINS), upload(admin, "deals.csv", DEALS))
    twins, deals = (client.get(page(run, number)).context["setup"] for number in (1, 2))
    assert [(setup.by, setup.into, setup.source) for setup in (twins, deals)] == [
        ("", "customers", "csv"), ("", "contracts", "csv"),
    ]  # fmt: skip
    assert {fit.column: fit.field for fit in twins.guess.columns} == {
        "customer_id": "external_id", "name": "name", "domain": "domain", "employees": "employees",
    }  # fmt: skip
    client.post(f"/import/runs/{run.pk}/preview/")
    work()
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    assert set(Customer.objects.values_list("name", flat=True)) == {"Twin One", "Twin Two"}
    # Ends on the day of the start are the day after the last.
    assert {str(contract.ends_on) for contract in Contract.objects.all()} == {"2027-01-01", "2027-02-01"}


def test_with_the_guess_instead_of_a_mapping_its_target_and_source_are_guessed_anew(
    client: Client, admin: User
) -> None:
    toml = 'source = "crm"\n[[file]]\nname = "x.csv"\ninto = "customers"\n[file.fields]\nexternal_id = "customer_id"\nname = "customer_id"\n'
    SavedMapping.objects.create(name="Of | customers", toml=toml, by=admin)
    run = begun(client, upload(admin, "deals.csv", DEALS), upload(admin, "twins.csv", TWINS))
    setup = client.get(page(run)).context["setup"]
    assert (setup.by, setup.into, setup.source) == ("saved:Of | customers", "customers", "crm")
    empty = {"j-0-file": ""}
    client.post(page(run), sent(client, run, by="") | empty | {"again": "1"})
    shown = client.get(page(run))
    setup = shown.context["setup"]
    assert (setup.by, setup.into, setup.source) == ("", "contracts", "csv")
    assert (setup.reading["into"].value(), setup.reading["source"].value()) == ("contracts", "csv")
    assert "The columns of the other file stand below now" not in text(shown)
    assert "No column fills" not in text(shown)
    answer = client.post(page(run), sent(client, run) | empty | {"next": "1"})
    assert answer.status_code == 302, text(answer)
    run.refresh_from_db()
    assert (run.places[0]["into"], run.places[0]["source"]) == ("contracts", "csv")
    # Back to the mapping: its target and source again; what somebody chose stays.
    client.post(page(run), sent(client, run, by="saved:Of | customers", source="other") | empty | {"again": "1"})
    setup = client.get(page(run)).context["setup"]
    assert (setup.into, setup.source) == ("customers", "other")
    client.post(page(run), sent(client, run, by="", into="tickets") | empty | {"again": "1"})
    assert client.get(page(run)).context["setup"].into == "tickets"


def test_ends_of_which_nothing_says_whether_they_are_last_days_are_asked_and_read_as_answered(
    client: Client, admin: User
) -> None:
    run = begun(
        client,
        upload(admin, "deals.csv", DEALS.replace("2027-01-01", "2027-01-17").replace("2027-02-01", "2027-02-09")),
    )
    assert drafting.open_files(run) == [1]
    assert client.post(page(run), sent(client, run) | {"next": "1"}).status_code == 422
    for answer, said in (("0", "last_day = true"), ("1", 'ends_on = "end_date"')):
        name = "q-last_day-end_date"
        client.post(page(run), sent(client, run) | {name: answer, "again": "1"})
        setup = client.get(page(run)).context["setup"]
        assert (setup.reading[name].value(), "c-4-read" in setup.columns.fields) == (answer, False)
        client.post(page(run), sent(client, run) | {name: answer, "save": "1", "name": f"Ends {answer}"})
        toml = SavedMapping.objects.get(name=f"Ends {answer}").toml
        assert said in next(line for line in toml.splitlines() if line.startswith("ends_on"))


@pytest.mark.parametrize(
    ("heading", "answer", "read", "said"),
    [
        ("amount", "0", "", '"amount"'),
        ("amount", "1", "", '{ column = "amount", times = 12 }'),
        ("price", "2", "", '{ column = "price", times = 4 }'),
        ("amount (k€)", "1", "thousands", '{ column = "amount (k€)", times = 12000 }'),
        ("契約金額（万円）", "0", "ten_thousands", '{ column = "契約金額（万円）", times = 10000 }'),
        # What somebody says beside the period stays beside it.
        ("amount", "0", "minor_units", '{ column = "amount", minor_units = true }'),
        ("amount", "1", "minor_units", '{ column = "amount", times = 12, minor_units = true }'),
        ("amount", "1", "tax10", '{ column = "amount", times = 12, tax = 10 }'),
        ("amount (k€)", "2", "tax8", '{ column = "amount (k€)", times = 4, tax = 8 }'),
    ],
)
def test_the_period_of_an_amount_is_asked_where_its_heading_does_not_say_it(
    client: Client, admin: User, heading: str, answer: str, read: str, said: str
) -> None:
    run = begun(client, upload(admin, "deals.csv", DEALS.replace("annual_amount", heading).encode()))
    assert drafting.open_files(run) == [1]
    shown = client.get(page(run))
    assert f"{heading}: for which period does an amount stand?" in text(shown)
    assert client.post(page(run), sent(client, run) | {"next": "1"}).status_code == 422, "nobody said it"
    name = f"q-per-{heading}"
    client.post(page(run), sent(client, run) | {name: answer, "c-5-read": read, "again": "1"})
    setup = client.get(page(run)).context["setup"]
    assert (setup.reading[name].value(), setup.columns["c-5-read"].value()) == (answer, read)
    assert not {"monthly", "quarterly", "whole_term"}.intersection(dict(setup.columns.fields["c-5-read"].choices))
    answer_of_save = client.post(page(run), sent(client, run) | {"save": "1", "name": "Amounts"})
    assert answer_of_save.status_code == 302, text(answer_of_save)
    assert f"annual_amount = {said}\n" in SavedMapping.objects.get(name="Amounts").toml
    # Left out, or read by a mapping that says it, the column is no question.
    assert not any(
        "q-per" in name
        for name in client.get(page(begun(client, upload(admin, "deals2.csv", DEALS))))
        .context["setup"]
        .reading.questions
    )
    client.post(page(run), sent(client, run) | {"c-5-field": "", "again": "1"})
    assert name not in client.get(page(run)).context["setup"].reading.questions


def test_what_is_asked_of_a_column_follows_the_field_that_it_fills(client: Client, admin: User) -> None:
    """The monthly amount is guessed; somebody takes the other column instead, one way or another, and never two ways."""
    head, *rows = DEALS.replace("2027-01-01", "2027-01-17").replace("2027-02-01", "2027-02-09").splitlines()
    file = "\n".join([f"{head.replace('annual_amount', 'MRR')},Amount", *(f"{row},1200000" for row in rows)])
    run = begun(client, upload(admin, "deals.csv", f"{file}\n"))
    last, period = "q-last_day-end_date", "q-per-Amount"
    assert [*client.get(page(run)).context["setup"].reading.questions] == [last]
    moved = {"c-4-field": "", "c-5-field": "", "c-7-field": "annual_amount", "c-7-read": ""}
    answer = client.post(page(run), sent(client, run) | moved | {"next": "1"})
    assert answer.status_code == 422
    assert [*answer.context["setup"].reading.questions] == [period]
    assert "a year: 1,200,000 a year" in text(answer)
    # A period that was chosen before it is asked is the answer, with the cents beside it.
    client.post(page(run), sent(client, run) | moved | {"c-7-read": "monthly_minor", "again": "1"})
    shown = client.get(page(run))
    setup = shown.context["setup"]
    assert (setup.reading[period].value(), setup.columns["c-7-read"].value()) == ("1", "minor_units")
    assert "a month: 144,000 a year" in text(shown)
    # Said twice and otherwise: told beside the field, and shown there until it is taken back.
    twice = {"c-7-read": "quarterly"}
    client.post(page(run), sent(client, run) | twice | {"again": "1"})
    assert client.get(page(run)).context["setup"].columns["c-7-read"].value() == "quarterly"
    answer = client.post(page(run), sent(client, run) | {"next": "1"})
    assert answer.status_code == 422
    assert answer.context["setup"].columns.errors["c-7-read"] == [
        "That is asked above: answer it there, and choose something else here."
    ]
    # A column that fills something else is not asked, and may say its period itself.
    other = {"c-4-field": "ends_on", "c-5-field": "annual_amount", "c-5-read": "monthly", "c-7-field": ""}
    client.post(page(run), sent(client, run) | other | {"c-7-read": "", "again": "1"})
    assert [*client.get(page(run)).context["setup"].reading.questions] == [last]
    data = sent(client, run) | {last: "1", "c-4-read": "last_day", "save": "1", "name": "Ends"}
    assert client.post(page(run), data).status_code == 422, "the day after, and the last day"
    assert client.post(page(run), data | {"c-4-read": ""}).status_code == 302
    toml = SavedMapping.objects.get(name="Ends").toml
    assert 'ends_on = "end_date"\n' in toml
    assert 'annual_amount = { column = "MRR", times = 12 }\n' in toml


def test_tax_is_asked_of_amounts_alone(client: Client, admin: User) -> None:
    """Ids that happen to be the amounts plus 8 or 10 % are no prices with tax."""
    file = "contract_id,customer_id,product,start_date,annual_amount\n1,110,Suite,2026-01-01,100\n2,220,Suite,2026-01-01,200\n"
    run = begun(client, upload(admin, "deals.csv", file))
    setup = client.get(page(run)).context["setup"]
    assert [question.about for question in setup.recognised.questions] == ["tax_pair"]
    assert list(setup.reading.questions) == []
    changes = {"c-1-field": "annual_amount", "c-4-field": "", "again": "1"}
    client.post(page(run), sent(client, run) | changes)
    questions = client.get(page(run)).context["setup"].reading.questions
    assert [*questions] == ["q-tax_pair-customer_id", "q-per-customer_id"]


def test_an_amount_of_the_whole_term_is_divided_by_its_months(client: Client, admin: User) -> None:
    rows = "K1,TW1,Suite,2026-01-01,36,36000\nK2,TW1,Suite,2026-01-01,6,3000\nK3,TW1,Suite,2026-01-01,,36000\n"
    file = f"contract_id,customer_id,product,start_date,term months,contract value\n{rows}"
    run = begun(client, upload(admin, "twins.csv", TWINS), upload(admin, "terms.csv", file))
    data = {"q-per-contract value": "4"}
    client.post(page(run, 2), sent(client, run, 2) | data | {"again": "1"})
    assert client.get(page(run, 2)).context["setup"].reading["q-per-contract value"].value() == "4"
    answer = client.post(page(run, 2), sent(client, run, 2) | data | {"c-4-field": "", "next": "1"})
    assert answer.status_code == 422
    assert "What was answered is no choice any more: choose again." in text(answer)
    answer = client.post(page(run, 2), sent(client, run, 2) | data | {"next": "1"})
    assert answer.status_code == 302, text(answer)
    client.post(f"/import/runs/{run.pk}/preview/")
    work()
    client.post(f"/import/runs/{run.pk}/start/")
    work()
    found = dict(Contract.objects.values_list("external_id", "lines__annual_amount"))
    assert found == {"K1": 12_000, "K2": 6_000}
    # Without its months nobody knows what a year of it is.
    (line,) = ImportLine.objects.filter(file__run=run, kind="refused")
    assert (line.line, line.reason) == (4, "term months is empty: an amount of the whole term is divided by its months")


def test_a_word_that_would_refuse_its_rows_is_asked_first(client: Client, admin: User) -> None:
    rows = "invoice_id,customer_id,amount,issued_on,due_on,status\nR1,A1,100,2026-01-01,2026-02-01,{}\nR2,A1,90,2026-01-01,2026-02-01,offen\n"
    known, unknown = (
        begun(client, upload(admin, "invoices.csv", rows.format(word)), upload(admin, "customers.csv", CUSTOMERS))
        for word in ("bezahlt", "mahnung2")
    )
    assert [drafting.open_files(run) for run in (known, unknown)] == [[], [1]]
    client.post(page(unknown), sent(client, unknown) | {"next": "1"})
    unknown.refresh_from_db()
    assert drafting.open_files(unknown) == [], "whoever has seen it may let the rows go"


def test_a_file_of_which_no_column_is_known_says_so(client: Client, admin: User) -> None:
    sentence = "None of these columns is known"
    run = begun(client, upload(admin, "liste.csv", "Numéro;Raison sociale;Ville\nA1;Acme;Bonn\nA2;Beta;Lyon\n"))
    assert sentence in text(client.get(page(run)))
    client.post(page(run), sent(client, run) | {"c-0-field": "external_id", "c-1-field": "name", "again": "1"})
    assert sentence not in text(client.get(page(run)))
    run = begun(client, upload(admin, "customers.csv", CUSTOMERS))
    assert sentence not in text(client.get(page(run)))


def test_a_mapping_that_reads_a_file_twice_is_offered_for_each_reading(client: Client, admin: User) -> None:
    content = Path("tests/data/exports/mrr_playbook/subscription_periods.csv").read_bytes()
    run = begun(client, upload(admin, "subscription_periods.csv", content))
    setup = client.get(page(run)).context["setup"]
    assert [(fit.key, fit.label, fit.file.into) for fit in setup.fits] == [
        ("shipped:mrr_playbook#1", "MRR playbook: Customers, reading 1 of 2", "customers"),
        ("shipped:mrr_playbook#2", "MRR playbook: Contracts, reading 2 of 2", "contracts"),
    ]
    assert not setup.is_sure, "else the contracts would be left out without a word"
    for number, rows in ((1, Customer), (2, Contract)):
        run = begun(client, upload(admin, "subscription_periods.csv", content))
        # What the page shows of another reading is not sent with it.
        said = {"by": f"shipped:mrr_playbook#{number}", "source": "billing", "next": "1"}
        answer = client.post(page(run), said)
        assert answer.status_code == 302, text(answer)
        work()
        client.post(f"/import/runs/{run.pk}/start/")
        work()
        assert rows.objects.exists()
