"""Mapping files: found, read, and refused with one sentence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.imports.mapping import find
from accounts.imports.maps import MappingError
from accounts.imports.planning import plan_for
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS
from tests.accounts.imports import write
from tests.factories import DAY

HEAD = 'source = "crm"\n[[file]]\nname = "a.csv"\ninto = "customers"\n'


@pytest.mark.django_db
def test_the_shipped_ones_are_found_by_name_and_fit_their_targets() -> None:
    ravenstack = find("ravenstack")
    assert (ravenstack.title, ravenstack.day) == ("RavenStack", dt.date(2024, 12, 31))
    for name in ("ravenstack", "tsunagu"):
        for file in find(name).files:
            columns = [column for one in file.fields for column in one.needs()]
            assert plan_for(file, TARGETS[file.into], list(dict.fromkeys(columns)), DAY).parts


def test_one_of_your_own_is_found_by_its_path(tmp_path: Path) -> None:
    path = write(
        tmp_path / "own.toml",
        HEAD
        + 'delimiter = ";"\nencoding = "cp932"\n[file.formats]\ndates = ["%d.%m.%Y"]\n'
        + '[file.fields]\nname = "Name"\nexternal_id = { columns = ["a", "b"], join = "/" }\n'
        + 'employees = { column = "n", times = 10 }\n',
    )
    (file,) = find(str(path)).files
    assert (file.delimiter, file.encoding, file.formats.dates) == (";", "cp932", ("%d.%m.%Y",))
    assert [one.needs() for one in file.fields] == [("Name",), ("a", "b"), ("n",)]
    assert file.fields[2].times == Decimal(10)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("= nonsense", "The mapping own.toml cannot be read:"),
        ("x = 1", "The mapping own.toml: source is missing or longer than 40 characters."),
        ('source = "crm"', "The mapping own.toml: [[file]] is missing."),
        (HEAD + "colour = 1", "The mapping own.toml: a.csv colour is not known."),
        (HEAD + "ignore = 1", "The mapping own.toml: a.csv ignore is not of the right type."),
        (HEAD + "optional = 1", "The mapping own.toml: a.csv optional is not of the right type."),
        (HEAD + 'encoding = "klingon"', "The mapping own.toml: a.csv encoding is not known."),
        (HEAD + 'delimiter = "ab"', "The mapping own.toml: a.csv delimiter is not one character."),
        (HEAD + 'escape = "ab"', "The mapping own.toml: a.csv escape is not one character."),
        (HEAD + "escape = '\"'", "The mapping own.toml: a.csv escape is not one character."),
        (HEAD + 'escape = ","', "The mapping own.toml: a.csv escape is not one character."),
        (HEAD + 'format = "xls"', "The mapping own.toml: a.csv format is none of csv, xlsx, jsonl."),
        (HEAD + "skip_lines = -1", "The mapping own.toml: a.csv skip_lines is not between 0 and 100."),
        (
            HEAD + '[file.formats]\ndates = ["d.m.y"]',
            "The mapping own.toml: a.csv dates names neither a pattern such as %d.%m.%Y nor one of iso, era,",
        ),
        (
            HEAD + '[file.fields]\nname = { column = "a", times = "x" }',
            "The mapping own.toml: a.csv name times is neither a number nor a fraction such as 1/12.",
        ),
        (
            HEAD + '[file.fields]\nname = { column = "a", tax = 100 }',
            "The mapping own.toml: a.csv name tax is not a percentage from 0 to less than 100.",
        ),
        (
            HEAD + '[file.fields]\nname = { column = "a", tax = nan }',
            "The mapping own.toml: a.csv name tax is not a percentage from 0 to less than 100.",
        ),
        (HEAD + '[file.formats]\ntime_zone = "Mars"', "The mapping own.toml: a.csv time_zone is not known."),
        (HEAD + "[file.fields]\nname = 3", "The mapping own.toml: a.csv name is neither a column nor a table."),
        (
            HEAD + '[file.fields]\nname = { column = "a", constant = "b" }',
            "The mapping own.toml: a.csv name needs a column or a constant, not both.",
        ),
        (
            HEAD + '[file.fields]\nname = { column = "a", lastday = true }',
            "The mapping own.toml: a.csv name lastday is not known.",
        ),
    ],
)
def test_a_wrong_one_is_one_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError) as refused:
        find(str(write(tmp_path / "own.toml", text)))
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_a_name_that_is_none_names_those_there_are() -> None:
    with pytest.raises(MappingError, match=r"name a file, or one of hubspot, .*, ravenstack, .*, zendesk\."):
        find("nobody")


@pytest.mark.parametrize(
    ("fields", "columns", "error", "sentence"),
    [
        (
            'name = "n"',
            ["n"],
            MappingError,
            "a.csv: customers need the field external_id, which the mapping does not name.",
        ),
        ('external_id = "i"\nname = "n"', ["n"], Unreadable, "a.csv has no column i."),
        ('external_id = "n"\nname = "n"\ncolour = "n"', ["n"], MappingError, "a.csv: customers have no field colour"),
        (
            'external_id = "n"\nname = { constant = "" }',
            ["n"],
            MappingError,
            "a.csv: the constant for name is empty.",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_is_one_sentence(
    fields: str, columns: list[str], error: type[Exception], sentence: str, tmp_path: Path
) -> None:
    (file,) = find(str(write(tmp_path / "own.toml", f"{HEAD}[file.fields]\n{fields}"))).files
    with pytest.raises(error) as refused:
        plan_for(file, TARGETS["customers"], columns, DAY)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("written", "times"), [("12", "12"), ("0.12", "0.12"), ('"0.12"', "0.12"), ('"1/8"', "0.125"), ("1e2", "100")]
)
def test_amounts_are_multiplied_exactly(written: str, times: str, tmp_path: Path) -> None:
    fields = f'[file.fields]\nname = {{ column = "a", times = {written} }}\n'
    (file,) = find(str(write(tmp_path / "own.toml", HEAD + fields))).files
    assert file.fields[0].times == Decimal(times)


@pytest.mark.parametrize("written", ["true", '"1/0"', "nan", "[1]", "inf", '"1e999999999"', "1e999999999"])
def test_what_is_no_factor_is_refused(written: str, tmp_path: Path) -> None:
    fields = f'[file.fields]\nname = {{ column = "a", times = {written} }}\n'
    with pytest.raises(MappingError, match="is neither a number nor a fraction"):
        find(str(write(tmp_path / "own.toml", HEAD + fields)))


def test_how_a_file_writes_things_is_said_in_formats(tmp_path: Path) -> None:
    text = (
        HEAD + 'format = "xlsx"\nsheet = "Data"\nskip_lines = 3\n[file.formats]\ndates = ["era", "%d.%m.%Y"]\n'
        'marks = ["円"]\nround = true\nnull_words = ["NULL", "なし"]\nno_end = ["9999-12-31"]\n'
        '[file.fields]\nname = { column = "a", tax = 10, minor_units = true }\n'
    )
    (file,) = find(str(write(tmp_path / "own.toml", text))).files
    assert (file.format, file.sheet, file.skip_lines) == ("xlsx", "Data", 3)
    assert (file.formats.dates, file.formats.marks, file.formats.round) == (("era", "%d.%m.%Y"), ("円",), True)
    assert (file.formats.null_words, file.formats.no_end) == ({"null", "なし"}, {"9999-12-31"})
    assert (file.fields[0].tax, file.fields[0].minor_units) == (Decimal(10), True)


@pytest.mark.parametrize(
    "mark",
    [
        "千",
        "千円",
        "万",
        "万円",
        "億",
        "百万円",
        "만원",
        "k",
        "K",
        "ｋ",
        "M",
        "Mio",
        "Mio.",
        "Mio. €",
        "Tsd",
        "thousand",
        "k€",
        "$k",
        "$M",
        "T€",
        "kEUR",
        "USDm",
        "Mkr",
        "bn",
        "Mrd",
    ],
)
def test_a_factor_is_no_mark(mark: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError) as refused:
        find(
            str(
                write(
                    tmp_path / "own.toml",
                    f'{HEAD}[file.formats]\nmarks = ["円", "{mark}"]\n[file.fields]\nname = "a"\n',
                )
            )
        )
    assert str(refused.value) == f"The mapping own.toml: a.csv marks names {mark}, a factor: write the amounts in full."


@pytest.mark.parametrize(
    "mark", ["$", "US$", "円", "kr", "zł", "Fr.", "MXN", "TWD", "KRW", "BTN", "USD", "%", "名", "pcs", "MwSt", "MwSt."]
)
def test_currencies_and_what_is_counted_are_marks(mark: str, tmp_path: Path) -> None:
    text = f'{HEAD}[file.formats]\nmarks = ["{mark}"]\n[file.fields]\nname = "a"\n'
    (file,) = find(str(write(tmp_path / "own.toml", text))).files
    assert file.formats.marks == (mark,)
