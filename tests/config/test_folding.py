"""What is typed and what is stored are folded alike."""

from __future__ import annotations

import unicodedata

import pytest
from django.db import connection

from accounts.models import User
from config.folding import Wanted, fold


def stored(texts: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT search_plain(word) FROM unnest(%s::text[]) WITH ORDINALITY t(word, n) ORDER BY n", [texts]
        )
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_each_character_is_folded_alike_by_the_database_and_here():
    every = [
        f"a{sign}b"
        for sign in map(chr, [*range(1, 0x3200), *range(0x4E00, 0xD800, 97), *range(0xF900, 0x10000)])
        if unicodedata.category(sign) not in {"Cs", "Cn"}
    ]
    unlike = [
        (hex(ord(text[1])), here, there)
        for text, here, there in zip(every, map(fold, every), stored(every), strict=True)
        if here != there
    ]
    assert unlike == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Ａｏｂａ・ﾌﾞﾂﾘｭｳ", "aoba ぶつりゅう"),
        ("アオバブツリュウ", "あおばぶつりゅう"),
        ("青葉物流（株）", "青葉物流 株"),
        ("ＨＣ－１１８", "hc 118"),
        ("Café Ångström İZMİR", "cafe angstrom izmir"),
        ("  Łódź, Ørsted & Söhne  ", "lodz orsted sohne"),
        ("サーバー", "さーばー"),
        ("…", ""),
        ("ada@hashi.example", "ada hashi example"),
    ],
)
def test_widths_kana_accents_and_signs_make_no_difference(written: str, folded: str):
    assert fold(written) == folded
    assert stored([written]) == [folded]


def test_every_word_is_wanted_and_a_single_character_where_a_word_begins():
    assert Wanted.of("Ban gran").fits("Granite Bank")
    assert Wanted.of("granitebank").fits("Granite Bank")
    assert Wanted.of("b").fits("Granite Bank")
    assert not Wanted.of("k").fits("Granite Bank")
    assert not Wanted.of("gran x").fits("Granite Bank")
    assert not Wanted.of("・").fits("Granite Bank")
    assert Wanted.of("gra").grams == ["gr", "ra"]
    assert Wanted.of("青").grams == [" 青"]
    assert len(Wanted.of(" ".join(map(str, range(100, 140)))).words) == 8


KEPT = {
    "accounts_user": ("name", "email"),
    "accounts_contact": ("name", "reading", "email"),
    "accounts_contract": ("external_id",),
    "accounts_post": ("department", "title"),
    "health_case": ("title",),
    "playbooks_task": ("title",),
    "playbooks_playbook": ("name",),
}
FEW = {"playbooks_playbook"}


@pytest.mark.django_db
def test_rows_keep_the_grams_of_what_they_say_now():
    user = User.objects.create_user("ada@hashi.example", name="Ada")
    assert kept("accounts_user", user.pk) == grams("Ada", "ada@hashi.example")
    user.name = "青葉 花"
    user.save(update_fields=["name"])
    assert kept("accounts_user", user.pk) == grams("青葉 花", "ada@hashi.example")


@pytest.mark.django_db
def test_every_index_of_kept_grams_is_on_a_column_that_a_trigger_fills():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, array_agg(attname::text ORDER BY k.n) FROM pg_trigger "
            "CROSS JOIN LATERAL unnest(tgattr::int2[]) WITH ORDINALITY k(attnum, n) "
            "JOIN pg_attribute a ON a.attrelid = tgrelid AND a.attnum = k.attnum WHERE tgname = 'keep_grams' GROUP BY 1"
        )
        filled = {table: tuple(columns) for table, columns in cursor.fetchall()}
        cursor.execute("SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%gin (searched_grams)%' ORDER BY 1")
        indexed = [table for (table,) in cursor.fetchall()]
    assert {table: set(columns) for table, columns in filled.items()} == {
        table: set(columns) for table, columns in KEPT.items()
    }
    assert indexed == sorted(KEPT.keys() - FEW)


def kept(table: str, pk: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT searched_grams FROM {table} WHERE id = %s", [pk])
        return sorted(cursor.fetchone()[0])


def grams(*texts: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT search_grams(search_text({', '.join(['%s'] * len(texts))}))", texts)
        return sorted(cursor.fetchone()[0])
