"""Encodings, delimiters and lines of names: tables of kinds, and a random table read back as it was written."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.imports.cells import Formats
from accounts.imports.dialects import Dialect
from accounts.imports.encodings import encodings
from accounts.imports.opening import opened
from accounts.imports.recognising import recognise
from accounts.imports.rows import Unreadable
from tests.accounts.imports import write

JAPANESE = "番号,会社名\n1,株式会社プリズム\n2,髙島屋サービス\n3,合同会社さくら\n"
FRENCH = "numéro,société\n1,Crème Brûlée\n2,Hôtel de l'Étoile\n3,Garçon & Fils\n"
GERMAN = "Nummer;Größe\n1;Müller Straßenbau\n2;Öl & Söhne\n"
SPANISH = "id,nombre\n1,Añejo España\n2,¿Qué? S.A.\n"
NORDIC = "id,navn\n1,Ærø Færge\n2,Ålesund Bygg\n"


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("id,n\n1,a\n", "ascii", "utf-8"),
        (JAPANESE, "utf-8", "utf-8"),
        (JAPANESE, "utf-8-sig", "utf-8"),
        (JAPANESE, "utf-16", "utf-16"),
        (JAPANESE, "utf-16-le", "utf-16-le"),
        (JAPANESE, "utf-16-be", "utf-16-be"),
        (JAPANESE, "utf-32", "utf-32"),
        (JAPANESE, "cp932", "cp932"),
        (JAPANESE, "iso2022_jp_2", "iso2022_jp"),
        ("番号,会社名\n1,株式会社プリズム\n2,合同会社さくら\n", "euc_jp", "euc_jp"),
        ("ﾊﾞﾝｺﾞｳ,ｶｲｼｬ\n1,ｶﾌﾞｼｷｶﾞｲｼｬ\n", "cp932", "cp932"),
        (FRENCH, "cp1252", "cp1252"),
        (GERMAN, "cp1252", "cp1252"),
        (SPANISH, "cp1252", "cp1252"),
        (NORDIC, "latin-1", "cp1252"),
        ("id,price\n1,€ 5\n2,“x”\n", "cp1252", "cp1252"),
    ],
)
def test_an_encoding_is_recognised_or_asked_about(text: str, encoding: str, found: str) -> None:
    text = text.replace("髙", "高") if encoding == "iso2022_jp_2" else text
    assert found in encodings([text.encode(encoding)])
    assert encodings([text.encode(encoding)])[0] == found


def test_two_encodings_that_both_read_are_a_question_with_both_readings(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,名前\n1,ﾃｽﾄ\n".encode("cp932")[:3] + b"n\n1,\xb1\xb2\xb3\xb4\n")
    (question,) = recognise(path).questions
    assert question.about == "encoding"
    assert {choice.value for choice in question.choices} >= {"cp932", "euc_jp"}
    assert len({choice.example for choice in question.choices}) == len(question.choices)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_the_one_that_makes_columns(delimiter: str, tmp_path: Path) -> None:
    lines = [["id", "name, long", "amount"], ["1", "a;b|c", "1,5"], ["2", "x, y", "2,25"]]
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(lines)
    found = recognise(write(tmp_path / "a.csv", stream.getvalue()))
    assert (found.delimiter, found.columns) == (delimiter, ("id", "name, long", "amount"))


def test_lines_that_two_delimiters_cut_alike_are_a_question(tmp_path: Path) -> None:
    (question,) = recognise(write(tmp_path / "a.csv", "id;x,name\n1;a,b\n2;d,e\n")).questions
    assert (question.about, [choice.example for choice in question.choices]) == (
        "delimiter",
        ["id;x · name", "id · x,name"],
    )


def test_a_file_of_one_column(tmp_path: Path) -> None:
    found = recognise(write(tmp_path / "a.csv", "domain\na.example\nb.example\n"))
    assert (found.columns, found.rows_seen, found.questions) == (("domain",), 2, ())


def test_a_line_of_names_that_is_none_is_asked_about(tmp_path: Path) -> None:
    (question,) = [q for q in recognise(write(tmp_path / "a.csv", "1,2\n3,4\n")).questions if q.about == "skip_lines"]
    assert [choice.example for choice in question.choices] == ["1 · 2", "3 · 4"]


@pytest.mark.parametrize(
    "titles", [["Report"], ["Report", "", "as of: 1 May", ""], ["a,b,,", ",,,"], ['"x, ""y""",,,']]
)
def test_titles_are_skipped(titles: list[str], tmp_path: Path) -> None:
    body = "id,name,kind,day\n1,a,b,2026-01-01\n2,c,d,2026-01-02\n3,e,f,2026-01-03\n"
    found = recognise(write(tmp_path / "a.csv", "\n".join(titles) + "\n" + body))
    assert (found.skip_lines, found.columns) == (len(titles), ("id", "name", "kind", "day"))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\r\n", b"\xef\xbb\xbf"])
def test_nothing_at_all_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"^a\.csv is empty\.$"):
        recognise(write(tmp_path / "a.csv", content))
    with pytest.raises(Unreadable, match=r"cannot be read"):
        recognise(tmp_path / "b.csv")


def test_a_large_file_is_looked_at_in_pieces(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16", "cp932"):
        text = "id,会社,day\n" + "".join(
            f"{number},株式会社{number},2026-01-0{number % 9 + 1}\n" for number in range(60_000)
        )
        found = recognise(write(tmp_path / "a.csv", (text + "60000,最後,31/12/2026\n").encode(encoding)))
        assert not found.is_whole
        assert 5_000 < found.rows_seen < 60_000
        assert found.samples[0] == ("0", "株式会社0", "2026-01-01")
        assert "%d/%m/%Y" in found.formats.dates, encoding


ALPHABETS = {
    "utf-8": "aé株ー '\"\\=,;|\t1\n",
    "utf-8-sig": "aé株ー '\",;|\t1\n",
    "utf-16": "aé株ー '\",;|\t1\n",
    "cp932": "a株ー '\",;1",
    "cp1252": "aéüñ '\",;1",
}
WORD = "abcdefgh"


@st.composite
def written(draw: st.DrawFn) -> tuple[list[list[str]], str, str, str]:
    """A table, its encoding, its delimiter, its line end."""
    encoding = draw(st.sampled_from(sorted(ALPHABETS)))
    width = draw(st.integers(2, 5))
    names = draw(st.lists(st.text(WORD, min_size=2, max_size=6), min_size=width, max_size=width, unique=True))
    cells = st.text(ALPHABETS[encoding], max_size=8).map(str.strip)
    filled = st.text(WORD, min_size=1, max_size=4)
    rows = draw(st.lists(st.tuples(filled, *[cells] * (width - 2), filled).map(list), min_size=4, max_size=12))
    return [names, *rows], encoding, draw(st.sampled_from(",;\t|")), draw(st.sampled_from(["\n", "\r\n"]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(written())
def test_a_table_in_any_encoding_and_dialect_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[list[list[str]], str, str, str]
) -> None:
    """What was recognised reads the table as it was written, unless it is asked about."""
    table, encoding, delimiter, end = made
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    path = write(tmp_path_factory.mktemp("t") / "a.csv", stream.getvalue().encode(encoding))
    found = recognise(path)
    if any(question.about in {"encoding", "delimiter"} for question in found.questions):
        return
    assert list(found.columns) == table[0]
    said = Dialect(encoding=found.encoding, delimiter=found.delimiter, escape=found.escape, skip_lines=found.skip_lines)
    with opened(path, said) as again:
        assert again.columns == table[0]
        assert [row.cells for row in again.rows()] == table[1:]


@given(st.binary(max_size=300))
def test_any_bytes_are_recognised_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = write(tmp_path_factory.mktemp("t") / "a.csv", content)
    with suppress(Unreadable):
        found = recognise(path)
        assert found.columns
        assert all(len(row) == len(found.columns) for row in found.samples)
        assert isinstance(found.formats, Formats)


def test_title_lines_do_not_count_against_the_separator_of_the_rows(tmp_path: Path) -> None:
    rows = "".join(f"K{n};C{n};{n}80,000\n" for n in range(1, 9))
    path = tmp_path / "a.csv"
    path.write_text(f"契約一覧\n出力日：2026年11月24日\n※社外秘\n契約番号;顧客ID;年間金額\n{rows}", encoding="cp932")
    found = recognise(path)
    assert (found.delimiter, found.skip_lines, found.columns) == (";", 3, ("契約番号", "顧客ID", "年間金額"))
