"""Which columns of two files match, what the columns of the other are called, and how it is laid out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.forms.import_looks import MOST, LooksForm, looks_said, used
from accounts.imports.beside import Look, Others, extended, free_called, is_named, matching, needed
from accounts.imports.cells import Formats
from accounts.imports.dialects import Dialect
from accounts.imports.maps import FieldMap, FileMap, Join
from accounts.imports.recognising import recognise
from accounts.imports.recognising.found import Recognised
from accounts.imports.tables import laid_out
from tests.accounts.imports import write


def table(name: str, *rows: str) -> Recognised:
    columns, *cells = (tuple(row.split(",")) for row in rows)
    return Recognised(name, columns=columns, samples=tuple(cells))


@pytest.mark.parametrize(
    ("mine", "theirs", "match"),
    [
        # By values, whatever the names.
        (table("a.csv", "nr,who", "1,x", "2,y"), table("b.csv", "code,n", "y,1", "x,7"), ("who", "code")),
        # What stands twice there is no key.
        (table("a.csv", "nr,who", "1,x", "2,y"), table("b.csv", "code,n", "x,1", "x,2"), ("nr", "n")),
        # By names where the rows that were looked at share no value.
        (table("a.csv", "nr,product_id", "1,9", "2,8"), table("products.csv", "id,name", "5,A", "6,B"), ("product_id", "id")),
        (table("a.csv", "nr,SKU", "1,9", "2,8"), table("b.csv", "name,sku", "A,5", "B,6"), ("SKU", "sku")),
    ],
)  # fmt: skip
def test_columns_match_by_their_values_else_by_their_names(
    mine: Recognised, theirs: Recognised, match: tuple[str, str]
) -> None:
    assert matching(mine, theirs) == match


@given(st.lists(st.text("abc", min_size=1), unique=True, min_size=1, max_size=5), st.data())
def test_a_column_that_holds_only_keys_of_the_other_is_found(keys: list[str], data: st.DataObject) -> None:
    cells = data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=8))
    mine = Recognised("a.csv", columns=("nr", "of"), samples=tuple((f"#{n}", key) for n, key in enumerate(cells)))
    theirs = Recognised("b.csv", columns=("text", "key"), samples=tuple((f"-{key}", key) for key in keys))
    assert matching(mine, theirs) == ("of", "key")
    look = Look(Join("b.csv", "of", "key", "b"), "b.csv", theirs)
    whole = extended(mine, [look])
    assert whole.columns == ("nr", "of", "b.text")
    assert {len(row) for row in whole.samples} == {3}
    assert [row[:2] for row in whole.samples[: len(cells)]] == list(mine.samples)
    assert {row[2] for row in whole.samples} - {""} == {f"-{key}" for key in keys}


def test_names_of_other_files() -> None:
    assert is_named("Product ID", "id", "export/products.csv")
    assert not is_named("paid", "id", "products.csv")
    assert free_called("Products (1).CSV", lambda name: name == "products") == "products2"
    others = Others([{"name": "x/plan_data.csv"}, {"name": "Plan_data (1).csv"}, {"name": "b.csv", "corrects": "1/"}])
    assert (others.called("plan_data.csv"), others.called("b.csv"), others.found("b.csv")) == ("", "", None)


def test_tables_that_nothing_reads_are_left_out_and_those_that_lead_to_others_stay() -> None:
    joins = (Join("a.csv", "a_id", "id", "a"), Join("b.csv", "a.b_id", "id", "b"), Join("c.csv", "c_id", "id", "c"))
    file = FileMap("f.csv", "customers", "s", (FieldMap("name", ("b.name",)),), Formats(), joins=joins)
    assert used(file).joins == joins[:2]
    assert needed(file, ["id", "a.b_id"]) == joins[1:]


def test_the_other_file_is_laid_out_as_it_is_and_like_the_first_where_that_is_open(tmp_path: Path) -> None:
    like = Dialect(encoding="cp932", delimiter=";", skip_lines=2, escape="\\")
    plain = laid_out(write(tmp_path / "a.csv", "id,name\n1,x\n2,y\n"), like)
    assert (plain.encoding, plain.delimiter, plain.skip_lines) == ("cp932", ",", 0)
    text = "商品一覧\n出力日：2026年\nid;名前;国\n1;アオバ物流;日本\n2;シラカバ;日本\n3;ミナト;日本\n"
    kana = laid_out(write(tmp_path / "b.csv", text.encode()), like)
    assert (kana.encoding, kana.delimiter, kana.skip_lines) == ("utf-8", ";", 2)
    assert recognise(tmp_path / "b.csv").columns == ("id", "名前", "国")


def test_a_mapping_that_looks_up_in_more_files_than_the_page_offers_keeps_all_of_them() -> None:
    names = [f"f{number}.csv" for number in range(MOST + 1)]
    others, found = Others([{"name": name} for name in names]), Recognised("own.csv", columns=("a",))
    others.known = {name: Recognised(name, columns=("k", "v")) for name in names}
    looks = [Look(Join(name, "a", "k", name[:2]), name, others.known[name]) for name in names]
    form = LooksForm(looks, found, others)
    sent = {field.html_name: str(field.value() or "") for row in form.rows for field in row}
    assert looks_said(sent, found, others, looks) == looks
