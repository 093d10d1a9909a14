"""Stored sentences are said in the reader's language: each of the imports', with any values, both ways; data stay what they are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import cycle
from typing import Final

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.imports import along, choosing
from accounts.imports.hanging import called
from accounts.imports.targets import TARGETS
from accounts.models import Contact, Contract, Customer, Touchpoint
from accounts.models.importing import SAYING
from config.catalogue import HOLE, NUMBERS, Message, messages, names_in, said_in
from config.sentences import again

# The same words for two things, or values that touch: which is which no text tells.
TWOFOLD: Final = {
    "it is nested too deeply", "%(n)s customer", "%(n)s day", "“%(name)s”", "of %(n)s", "on %(day)s", "is longer than %(most)d characters",
    "is longer than %(longest)d characters", "The mapping %(file)s: %(where)s %(reason)s.", "%(file)s: the constant for %(where)s %(reason)s.",
}  # fmt: skip


def of_imports() -> list[Message]:
    """The sentences that the core of imports says: those with values, or of a few words."""
    named = [(message, message.says["en"][0]) for message in messages() if message.key in said_in("accounts/imports")]
    return [one for one, text in named if HOLE.search(text) or text.count(" ") > 2]


def said(message: Message, number: str, language: str) -> str:
    names = sorted({name for form in message.says["en"] for name in names_in(form)})
    values = {name: number if name in NUMBERS else f"Wert{place}" for place, name in enumerate(names)}
    return message.said(values, language) or ""


def read(text: str, language: str, columns: Sequence[str] = ()) -> str:
    with translation.override(language):
        return again(text, among=said_in(*SAYING), columns=columns)


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.long)])
def test_each_sentence_of_imports_is_found_again_both_ways(every: int) -> None:
    sentences = of_imports()[::every]
    assert len(sentences) > 80
    pairs = [
        (message.key, said(message, number, "en"), said(message, number, "ja"))
        for message, number in zip(sentences, cycle(["1", "2,437"]), strict=False)
    ]
    lost = {key for key, english, japanese in pairs
            if (read(english, "ja"), read(japanese, "en")) != (japanese, english)}  # fmt: skip
    assert {key.rpartition("\4")[2].split("\0")[0] for key in lost} <= TWOFOLD, [
        (key, read(a, "ja"), b, read(b, "en")) for key, a, b in pairs if key in lost
    ]


def test_reasons_of_a_row_stand_behind_their_columns_and_keep_the_cells() -> None:
    stored = 'amount “9 “x” is no date; y” is not a number; ends on “30/02” is not a date (where ￥ may stand beside it, set marks = ["￥"])'
    told = read(stored, "ja", columns=["amount", "ends on"])
    assert told == (
        'amount 「9 “x” is no date; y」は数値ではありません; ends on 「30/02」は日付ではありません （￥が付いてよい場合はmarks = ["￥"] と指定してください）'
    )
    assert read(told, "en", columns=["amount", "ends on"]) == stored
    plainer = 'amount "9" is not a number'
    assert read(plainer, "ja", columns=["amount"]) == "amount 「9」は数値ではありません"
    assert read(stored, "en", columns=["amount", "ends on"]) == stored


def test_reasons_of_many_columns_and_of_names_that_begin_alike_are_each_said() -> None:
    unread = '“3.11.26” is not a date (where it means 2026-11-03, set dates = ["%d.%m.%y"])'
    day = read(unread, "ja")
    assert day.startswith("「3.11.26」は日付ではありません （")
    columns = [f"Day{n}" for n in range(20)]
    stored = "; ".join(f"{column} {unread}" for column in columns)
    assert read(stored, "ja", columns) == "; ".join(f"{column} {day}" for column in columns)
    alike = "Plan “x” is not a date; Plan end “5; Plan y” is not a date; Plan end is empty"
    assert read(alike, "ja", ["Plan", "Plan end"]) == (
        "Plan 「x」は日付ではありません; Plan end 「5; Plan y」は日付ではありません; Plan end が空です"
    )
    hanging = read("it stays with what hangs on it: renewal (1); task (2)", "ja")
    assert hanging == "関連する行があるため、そのまま残ります: 更新 (1); タスク (2)"
    assert read(hanging, "en").lower() == "it stays with what hangs on it: renewal (1); task (2)"
    hanging = read("it stays with what hangs on it: merge (1); usage record (2)", "ja")
    assert hanging == "関連する行があるため、そのまま残ります: 顧客の統合 (1); 利用記録 (2)"
    with translation.override("ja"):
        said = {
            called(kind) for model in (Customer, Contact, Contract, Touchpoint) for kind, _rows in along.hanging(model)
        }
    assert {words for words in said if words.isascii()} <= {"QBR"}


@pytest.mark.parametrize(
    "data", ["Support", "Admin", "管理者", "その他", "C9 Nordic cases", "17 Foo Inc. Support", "Plan “x” is odd; Plan end “y” is not a date",
             "“9” is not a date; “y” is not a date"]
)  # fmt: skip
def test_among_the_sentences_of_imports_data_and_what_reads_in_two_ways_stay(data: str) -> None:
    assert [read(data, language, ["Plan", "Plan end"]) for language in ("en", "ja")] == [data, data]
    assert read(f"columns not read: {data}", "ja").endswith(data)
    assert read(f"columns not read: {data}", "en") == f"columns not read: {data}"


def test_every_target_says_its_sentences_where_they_are_looked_for() -> None:
    rooms = tuple(room.replace("/", ".") for room in SAYING)
    assert {
        target.load.__module__ for target in TARGETS.values() if not target.load.__module__.startswith(rooms)
    } == set()
    remark = "users: distinct people of the column 利用者"
    assert read(remark, "ja") == "利用者数：列 利用者 の異なる人を数えました"
    assert read(read(remark, "ja"), "en") == remark


def test_choices_of_every_field_are_said_again_as_files_may_say_them_both_ways() -> None:
    fields = [(name, field) for name, target in TARGETS.items() for field in target.fields if field.choices]
    assert len(fields) > 10
    for name, field in fields:
        said = {}
        for language in ("en", "ja"):
            with translation.override(language):
                said[language] = choosing.listed(field)
        english, japanese = f"“x” is none of: {said['en']}", f"「x」は次のいずれでもありません：{said['ja']}"
        assert (read(english, "ja"), read(japanese, "en")) == (japanese, english), (name, field.name)


def test_choices_of_ours_are_said_again_and_those_of_an_attribute_are_not() -> None:
    invoices = "“x” is none of: Open, Paid, Void"
    assert read(invoices, "ja") == "「x」は次のいずれでもありません：未払い, 支払済み, 無効"
    assert read(read(invoices, "ja"), "en") == invoices
    own = "“x” is none of its choices: Open, Paid, Void"
    assert read(own, "ja").endswith("Open, Paid, Void")
    assert read("“x” is none of: Open, Gold", "ja").endswith("：Open, Gold")


@settings(max_examples=10, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="”“」「"), min_size=1, max_size=30))
def test_any_cell_comes_through(cell: str) -> None:
    english, japanese = f"“{cell}” is not a date", f"「{cell}」は日付ではありません"
    assert (read(english, "ja"), read(japanese, "en")) == (japanese, english)


@pytest.mark.parametrize(
    "text", ["", "株式会社青空製作所", "Acme: Gold; Silver. (1)", "connection to server failed: 57P01", "“x”"]
)
def test_what_is_no_sentence_of_ours_stays(text: str) -> None:
    assert (read(text, "ja"), read(text, "en")) == (text, text)


def test_a_title_of_somebody_is_no_sentence() -> None:
    with translation.override("ja"):
        assert again("Contracts", among=["API: %(rows)s"]) == "Contracts"
        assert again("API: Contracts", among=["API: %(rows)s"]) == "API: 契約"
        assert again("Contracts") == "契約"


def test_a_language_nobody_has_reads_as_it_is_stored() -> None:
    with translation.override(None, deactivate=True):
        assert again("“x” is not a date") == "“x” is not a date"


def test_a_long_text_takes_the_time_of_its_length() -> None:
    """Columns that a program names “to , to ,” made the patterns of four values try every place for each: minutes for one page."""
    texts = [
        "points " + f"{word}, to , " * 3_000 for word in ("to ", "is not a date (", "“a” can be read as 1 and as 2: ")
    ]
    texts.append("“a” can be read as 1 and as 2: " * 300)  # each holds the next: no recursion to its end
    begun = time.process_time()
    with translation.override("ja"):
        assert all(map(again, texts))
    assert [read(text, "ja") for text in texts] == texts
    assert time.process_time() - begun < 10
