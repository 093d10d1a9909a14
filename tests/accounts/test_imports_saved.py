"""Saved mappings: checked with the line of a mistake, found by name, deleted and brought back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.imports import saved
from accounts.imports.mapping import read
from accounts.imports.maps import MappingError
from accounts.models import ExchangeRate, SavedMapping
from config.history import reading
from tests import factories
from tests.accounts.imports import write
from tests.factories import DAY, RATES_TOML

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
HEAD = '# Ours\nsource = "crm"\n\n[[file]]\nname = "a.csv"\ninto = "customers"\n'
FIELDS = '[file.fields]\nexternal_id = "Id"\nname = "Name"\n'


def mapping(name: str = "CRM", toml: str = RATES_TOML) -> SavedMapping:
    row = SavedMapping(name=name, toml=toml)
    saved.save(row, factories.user("admin"), DAY)
    return row


def problems(text: str) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        saved.check(text, "CRM", DAY)
    return refused.value.message_dict["toml"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("= nonsense", "The mapping CRM cannot be read: Invalid statement (at line 1, column 1)."),
        (HEAD + "colour = 1\n" + FIELDS, "Line 7: The mapping CRM: a.csv colour is not known."),
        (HEAD + 'delimiter = "ab"\n' + FIELDS, "Line 7: The mapping CRM: a.csv delimiter is not one character."),
        (
            HEAD + FIELDS + 'employees = { column = "n", tims = 2 }\n',
            "Line 10: The mapping CRM: a.csv employees tims is not known.",
        ),
        (
            HEAD + FIELDS + "employees = 3\n",
            "Line 10: The mapping CRM: a.csv employees is neither a column nor a table.",
        ),
        (
            HEAD + FIELDS + "[file.fields.employees]\ntims = 2\n",
            "Line 11: The mapping CRM: a.csv employees tims is not known.",
        ),
        (
            HEAD + FIELDS + 'colour = "c"\n',
            "Line 10: a.csv: customers have no field colour: they have external_id, name, reading,",
        ),
        (
            HEAD + '[file.fields]\nname = "Name"\n',
            "Line 5: a.csv: customers need the field external_id, which the mapping does not name.",
        ),
        (HEAD.replace("customers", "people"), "Line 6: The mapping's a.csv goes into people, which is none of"),
        (HEAD + 'encoding = "UTF_7"\n' + FIELDS, "Line 7: The mapping CRM: a.csv encoding is not known."),
        (HEAD + 'encoding = "unicode_escape"\n' + FIELDS, "Line 7: The mapping CRM: a.csv encoding is not known."),
        (
            HEAD + "as_of = 9999-12-31\n" + FIELDS,
            "Line 7: a.csv: as_of 9999-12-31 lies in the future (today is 2026-11-24).",
        ),
        (
            HEAD + 'missing = "ended"\n' + FIELDS,
            'Line 7: a.csv: missing = "ended" is not for customers: none of them end.',
        ),
        (f"a = {'[' * 5_000}", "The mapping CRM cannot be read: it is nested too deep."),
        ("# Ours\nsource = 3\n", "Line 2: The mapping CRM: top source is not of the right type."),
        ("# Ours\n", "The mapping CRM: source is missing or longer than 40 characters."),
        (
            HEAD
            + FIELDS
            + HEAD.removeprefix('# Ours\nsource = "crm"\n').replace("a.csv", "b.csv")
            + "colour = 1\n"
            + FIELDS,
            "Line 14: The mapping CRM: b.csv colour is not known.",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, sentence: str) -> None:
    (told,) = problems(text)
    assert told.startswith(sentence)


def test_a_text_that_the_import_can_use_is_the_mapping() -> None:
    (file,) = saved.check(RATES_TOML, "CRM", DAY).files
    assert (file.name, file.into) == ("rates.csv", "rates")


@pytest.mark.parametrize("name", saved.shipped())
def test_every_shipped_mapping_can_be_saved(name: str) -> None:
    assert saved.check(saved.shipped_text(name), name, DAY).files


def test_a_saved_mapping_is_found_by_its_name_before_a_shipped_one() -> None:
    assert read(saved.named("tsunagu")).source == "csv"
    mapping("tsunagu")
    assert read(saved.named("tsunagu")).source == "crm"
    with pytest.raises(MappingError, match="There is no mapping nobody"):
        saved.named("nobody")


def test_the_command_takes_a_saved_mapping(tmp_path: Path, capsys: Any) -> None:
    factories.organisation()
    mapping("Rates of the bank")
    write(tmp_path / "rates.csv", "Currency,Year,Rate\nEUR,2026,1.1\n")
    call_command("import_data", str(tmp_path), mapping="Rates of the bank")
    assert ExchangeRate.objects.get().currency == "EUR"
    assert "rates.csv: 1 rates: 1 new" in capsys.readouterr().out


def test_the_command_takes_a_deleted_one_no_more(tmp_path: Path) -> None:
    row = mapping()
    saved.withdraw(row, NOW)
    with pytest.raises(CommandError, match="There is no mapping CRM"):
        call_command("import_data", str(tmp_path), mapping="CRM")
    saved.bring_back(row)
    assert read(saved.named("CRM")).source == "crm"


def test_a_name_stands_once_among_those_in_use() -> None:
    row = mapping()
    with pytest.raises(ValidationError) as refused:
        mapping()
    assert refused.value.messages == ["There is a mapping of this name already."]
    saved.withdraw(row, NOW)
    other = mapping()
    with pytest.raises(ValidationError):
        saved.bring_back(row)
    saved.withdraw(other, NOW)
    saved.bring_back(row)
    assert list(SavedMapping.objects.in_use()) == [row]


def test_a_wrong_text_is_not_saved() -> None:
    row = mapping()
    row.toml = "= nonsense"
    with pytest.raises(ValidationError):
        saved.save(row, factories.user("admin"), DAY)
    row.refresh_from_db()
    assert row.toml == RATES_TOML


def test_a_change_names_who_saved_it_and_is_kept() -> None:
    row, second = mapping(), factories.user("admin")
    before = row.changed_at
    row.toml = RATES_TOML + "# changed\n"
    saved.save(row, second, DAY)
    row.refresh_from_db()
    assert row.by == second
    assert row.changed_at > before
    assert reading.last_change(row, before, {"toml"}) is not None


def test_a_copy_gets_a_name_that_is_free() -> None:
    # The shipped one has the name itself.
    assert saved.free_name("ravenstack") == "ravenstack 2"
    mapping("ravenstack 2")
    assert saved.free_name("ravenstack") == "ravenstack 3"
