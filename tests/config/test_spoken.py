"""A text in the other language, a word said twice and a rendering that is not the term's are found, and nothing else."""

from __future__ import annotations

import re

import pytest

from tests.config.spoken import other_language, twice

DATA = re.compile("Zyxcanary|株式会社翠光|更新更新社")


@pytest.mark.parametrize(
    ("language", "body", "found"),
    [
        ("ja", "<p>顧客 Zyxcanary</p><script>let not = 1</script>", []),
        ("ja", "<p>顧客</p><p>Next step</p>", ["Next step"]),
        ("ja", '<button aria-label="Close it">✕</button>', ["Close it"]),
        ("ja", "<p>ARR と QBR は Asia/Tokyo</p><textarea>What was typed</textarea>", ["ARR と QBR は Asia/Tokyo"]),
        ("ja", "<option>Asia/Tokyo</option>", []),
        ("en", "<p>株式会社翠光 renews</p><p>日本語</p>", []),
        ("en", "<p>Renews</p><p>更新予定</p>", ["更新予定"]),
        ("en", '<input placeholder="名前">', ["名前"]),
    ],
)
def test_texts_of_the_other_language_are_found(language: str, body: str, found: list[str]):
    assert other_language(body, language, DATA) == found


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("顧客 12社", False),
        ("更新更新社 12社", False),
        ("11月24日 日曜", False),
        ("初回回答まで、毎日日付を確かめる", False),
        ("顧客 12社社", True),
        ("残り 3日日", True),
        ("70%%", True),
        ("更新更新の準備", True),
        ("節目まで", True),
    ],
)
def test_a_word_that_stands_twice_or_is_never_said_is_found(text: str, wrong: bool):  # noqa: FBT001
    assert bool(twice(f"<p>{text}</p>", {"節目"}, DATA)) is wrong
