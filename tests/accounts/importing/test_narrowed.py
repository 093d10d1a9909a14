"""A shipped mapping that leaves out a column of a field that it cannot fill has it from the guess; codes are ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.forms.import_file import FileSetup
from accounts.imports.guessing import guess
from accounts.imports.recognising.found import Recognised
from accounts.imports.targets import TARGETS
from tests.accounts.imports import write
from tests.factories import organisation


@pytest.mark.django_db
@pytest.mark.parametrize("heading", ["顧客名カナ", "会社名カナ", "得意先カナ", "フリガナ"])
def test_kana_beside_the_japanese_mapping(tmp_path: Path, heading: str) -> None:
    organisation(currency="JPY")
    path = write(
        tmp_path / "顧客一覧.csv",
        f"顧客ID,顧客名,{heading},国,従業員数,ドメイン\nC1,青葉物流,アオバブツリュウ,日本,120,aoba.example\n",
    )
    form = FileSetup(path, path.name, {"source": "csv", "by": "shipped:japanese"}, is_sent=True)
    assert form.chosen
    assert form.is_valid(), (form.reading.errors, form.columns.errors)
    reading = form.file_map().field("reading")
    assert reading
    assert reading.columns == (heading,)


@pytest.mark.parametrize(
    ("target", "heading", "field"),
    [
        ("customers", "account_code", "external_id"),
        ("customers", "Account Code", "external_id"),
        ("customers", "顧客コード", "external_id"),
        ("customers", "Code client", "external_id"),
        ("contacts", "contact_code", "external_id"),
        ("contacts", "連絡先コード", "external_id"),
        ("contacts", "Kontakt-Nr.", "external_id"),
        ("contacts", "Numéro contact", "external_id"),
        ("contracts", "contract_code", "external_id"),
        ("contracts", "契約コード", "external_id"),
        ("contracts", "Vertragsnr.", "external_id"),
        ("contracts", "account_code", "customer"),
    ],
)
def test_codes_are_ids(target: str, heading: str, field: str) -> None:
    rows = ((f"A-{number}", "x") for number in range(3))
    file = Recognised(f"{target}.csv", columns=(heading, "note to self"), samples=tuple(rows))
    fit = guess(file, TARGETS, target).of_column(0)
    assert fit
    assert fit.field == field
