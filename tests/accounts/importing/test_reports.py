"""What a report stored in the language of who imported says to a reader of another: page, API and titles, there and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client
from django.utils import translation
from django.utils.html import escape

from accounts.imports import reports
from accounts.imports.given import Terms, take
from accounts.imports.mapping import OWN_NAMES
from accounts.imports.reports import row_told
from accounts.imports.targets import TARGETS
from accounts.models import Customer, ImportFile, ImportLine, ImportRun, User
from config import clock
from tests.accounts.importing.runs import imported, previewed, taken_back, write
from tests.accounts.importing.test_remarks import FIRST, LATER, READ
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
# A row refused for two reasons; two cells are left out, and every remark is made.
BAD: Final = "K9,A1,never,,Suite,much,\n"
REFUSED: Final = {
    "en": "starts_on “never” is not a date; annual_amount “much” is not a number",
    "ja": "starts_on 「never」は日付ではありません; annual_amount 「much」は数値ではありません",
}


def report(client: Client, run: ImportRun, language: str) -> list[Any]:
    """All that the page and the API say of the run to a reader of ``language``."""
    User.objects.update(language=language)
    client.force_login(User.objects.get())
    files = client.get(f"/api/v1/imports/{run.pk}/").json()["files"]
    with translation.override(language):
        lines = [
            (line.line, line.field, line.cell, line.told)
            for line in ImportLine.objects.filter(file__run=run).order_by("pk")
        ]
    for tab in ("refused", "cells"):
        page = client.get(f"/import/runs/{run.pk}/", {"rows": tab}).content.decode()
        assert all(
            escape(told) in page
            for _line, field, _cell, told in lines
            if told and (field == "owner") == (tab == "cells")
        )
    return [[(file["notes"], file["remarks"]) for file in files], lines]


def test_a_report_is_read_as_if_its_reader_had_imported(client: Client, tmp_path: Path) -> None:
    organisation()
    admin = user("admin", name="Ren Admin")
    mapping = tmp_path / "europe.toml"
    mapping.write_text(OWN_NAMES.read_text().replace("\n[[file]]", f"\n{READ}\n[[file]]", 1))
    imported(write(tmp_path / "first", FIRST), by=admin)
    folder = write(tmp_path / "later", LATER | {"contracts.csv": LATER["contracts.csv"] + BAD})
    runs = {}
    for language in ("en", "ja"):
        with translation.override(language):
            runs[language] = previewed(folder, by=admin, mapping=mapping)
    stored = [line.reason for run in runs.values() for line in ImportLine.objects.filter(file__run=run, kind="refused")]
    assert stored == [REFUSED["en"], REFUSED["ja"]]
    for language, refused in REFUSED.items():
        mine, other = (report(client, run, language) for run in runs.values())
        assert mine == other
        assert refused in [told for *_rest, told in mine[1]]
    files, _lines = mine
    assert any("Ann: チャンピオン → 利用者" in str(remarks) for _notes, remarks in files)
    imported(folder, by=admin, mapping=mapping)
    Customer.objects.filter(name="Acme Europe").update(industry="Steel")
    undone = taken_back(ImportRun.objects.get(state="done", title="europe.toml"))
    page = client.get(f"/import/runs/{undone.pk}/", {"rows": "kept"}).content.decode()
    assert "その後変更されたか、ほかの行が紐づいているため残ります" in page


def test_cells_ids_and_names_in_a_report_stay_and_nothing_is_done_for_a_reader_of_its_language() -> None:
    mine, other = ImportRun(language="ja"), ImportRun(language="en")
    cells = {"owners": "Support", "gone": "C9 Nordic cases", "rateless": "USD", "ended": "17 Foo Inc. Support"}
    twins = "Support = Admin (same name)"
    with translation.override("ja"):
        assert {kind: row_told(other, kind, words) for kind, words in cells.items()} == cells
        assert row_told(other, "twins", twins) == "Support = Admin (名前が同じ)"
        assert other.told("columns not read: Acct No. Status").endswith("Acct No. Status")
        assert other.told("Support") == "Support"
        assert mine.told("“x” is not a date") == "“x” is not a date"
        assert row_told(mine, "roles", "Ann: Champion → Admin") == "Ann: Champion → Admin"


def test_a_failure_and_titles_are_said_in_the_language_of_the_reader(client: Client, tmp_path: Path) -> None:
    organisation()
    admin = user("admin", name="Ren Admin", language="ja")
    client.force_login(admin)
    failed = previewed(write(tmp_path / "in", {"customers.csv": "external_id,name,name\nA1,A,A\n"}), by=admin)
    assert "stands twice in its first line. Its columns are: " in failed.problem
    page = client.get(f"/import/runs/{failed.pk}/").content.decode()
    assert failed.problem not in page
    assert "customers.csv" in page
    assert client.get(f"/api/v1/imports/{failed.pk}/").json()["problem"] != failed.problem
    customer = Customer.objects.create(name="Contracts")
    with translation.override("ja"):
        rows = [{"external_id": "B2", "name": "Beta"}]
        sent = take(rows, TARGETS["customers"], Terms("crm"), by=admin, day=DAY, now=clock.now).run
        mine = ImportRun.objects.create(title="Contracts", day=DAY, by=admin, state="draft")
    assert sent is not None
    ImportRun.objects.create(title=f"Typed: {customer.name}", day=DAY, by=admin, state="done")
    for language, titles in {
        "en": {"API: Customers", "Typed: Contracts"},
        "ja": {"API: 顧客", "入力：Contracts"},
    }.items():
        User.objects.update(language=language)
        page = client.get("/import/runs/").content.decode()
        assert all(title in page for title in titles)
        assert "Contracts</a>" in page, "somebody's own words"
    assert client.get(f"/api/v1/imports/{sent.pk}/").json()["mapping"] == "API: 顧客"
    assert mine.called == "Contracts"


def test_remarks_advise_what_their_reader_can_do_on_the_page_and_over_the_api(client: Client) -> None:
    organisation(importers=["csm"])
    csm, admin = user("csm", name="Mara"), user("admin", name="Ren Admin")
    run = ImportRun.objects.create(
        title="m", day=DAY, by=csm, state="done", language="en", started_at=clock.now(), ended_at=clock.now()
    )
    said = {
        "owners": ("1 row names an owner", "invite them under Users", "/settings/users/"),
        "missing": (
            "1 is not in the file",
            'if it is whole, say missing = "ended" in the mapping',
            "/settings/sources/",
        ),
    }
    remarks = [
        {"kind": kind, "count": 1, "text": text, "advice": advice, "rows": [[2, "kim"]]}
        for kind, (text, advice, _place) in said.items()
    ]
    notes = [f"{text}: {advice}" for text, advice, _place in said.values()]
    ImportFile.objects.create(
        run=run, position=1, written=True, name="a", target="customers", source="csv", notes=notes, remarks=remarks
    )
    of_others = {
        "owners": "an admin invites them under Users; import the file again after it",
        "missing": 'if the file is the whole of its source, an admin says missing = "ended" in the mapping, and such rows end',
    }
    for reader, advices in (
        (admin, {kind: advice for kind, (_text, advice, _place) in said.items()}),
        (csm, of_others),
    ):
        client.force_login(reader)
        (file,) = client.get(f"/api/v1/imports/{run.pk}/").json()["files"]
        assert {remark["kind"]: remark["advice"] for remark in file["remarks"]} == advices
        assert file["notes"] == [f"{said[kind][0]}: {advice}" for kind, advice in advices.items()]
        shown = client.get(f"/import/runs/{run.pk}/", {"rows": "remark"}).content.decode().partition("<main")[2]
        for kind, advice in advices.items():
            assert escape(advice[1:]) in shown, "it begins with a capital there"
            assert (f'href="{said[kind][2]}"' in shown) == (reader == admin)
    # What every reader can do is advised to all: of these only the page that their link opens is for admins.
    assert reports.MAY.keys() - reports.ELSE.keys() == {"gone", "ended"}


def test_reasons_that_no_report_gives_any_more_are_said_in_both_languages() -> None:
    texts = {"en": reports.SAID_BEFORE}
    with translation.override("ja"):
        texts["ja"] = tuple(translation.gettext(text) for text in reports.SAID_BEFORE)
        assert tuple(ImportRun(language="en").told(text) for text in texts["en"]) == texts["ja"]
    assert not {*texts["en"]} & {*texts["ja"]}
    with translation.override("en"):
        assert tuple(ImportRun(language="ja").told(text) for text in texts["ja"]) == texts["en"]
