"""The bare domain and the bare name by which one company is found again."""

from __future__ import annotations

import unicodedata

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db


def of(function: str, words: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [words])
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("words", "domain"),
    [
        ("acorn.example", "acorn.example"),
        ("https://www.Acorn.example/", "acorn.example"),
        (" ACORN.example ", "acorn.example"),
        ("http://acorn.example:8080/about?x=1#y", "acorn.example"),
        ("www2.acorn.example", "acorn.example"),
        ("Billing@Acorn.example", "acorn.example"),
        ("mailto:ann@acorn.example", "acorn.example"),
        ("acorn.example.", "acorn.example"),
        ("ａｃｏｒｎ．ｅｘａｍｐｌｅ", "acorn.example"),
        ("acorn.example; acorn.test", "acorn.example"),
        ("shop.acorn.example/a@b", "shop.acorn.example"),
        ("北斗.example", "北斗.example"),
        ("xn--bcher-kva.example", "bücher.example"),
        ("https://XN--BCHER-KVA.example/", "bücher.example"),
        ("www.xn--wgv71a119e.xn--jvr189m", "日本語.食品"),
        ("ann+crm@xn--bcher-kva.example", "bücher.example"),
        ("ｘｎ－－ｂｃｈｅｒ－ｋｖａ.example", "bücher.example"),
        ("xn--!!.example", "xn--!!.example"),
        ("xn--99999999999.example", "xn--99999999999.example"),
        ("xn--.example", "xn--.example"),
        ("xn--4db.example.", "א.example"),
        ("北斗。日本", "北斗.日本"),
        ("ann@北斗｡日本", "北斗.日本"),
        ("https://ann:word@WWW.Hokuto.co.jp.:8443/a?b=ann@other.example", "hokuto.co.jp"),
        ("ｗｗｗ．ｈｏｋｕｔｏ．ｃｏ．ｊｐ：８０８０", "hokuto.co.jp"),
        ("www.co.jp", "co.jp"),
        ("wwwacorn.example", "wwwacorn.example"),
        ("acorn", ""),
        ("", ""),
        (".", ""),
    ],
)
def test_a_domain_is_bare(words: str, domain: str) -> None:
    assert of("web_domain", words) == domain


@pytest.mark.parametrize(
    "words",
    [
        "北斗精機株式会社",
        "(株)北斗精機",
        "㈱北斗精機",
        "株式会社 北斗精機",
        "北斗精機　（株）",
        "有限会社北斗精機",
        "ﾎｸﾄ".replace("ﾎｸﾄ", "北斗精機"),
    ],
)
def test_one_japanese_name_in_its_legal_forms(words: str) -> None:
    assert of("company_name", words) == "北斗精機"


@pytest.mark.parametrize(
    "words",
    [
        "Acorn GmbH",
        "ACORN GMBH ",
        "Acorn, Inc.",
        "acorn co., ltd.",
        "Ａｃｏｒｎ Corporation",
        "Ácorn S.A.",
        "The".replace("The", "Acorn") + " K.K.",
    ],
)
def test_one_latin_name_in_its_legal_forms(words: str) -> None:
    assert of("company_name", words) == "acorn"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("カブシキガイシャ　アオバ", "あおば"),
        ("ｱｵﾊﾞ", "あおば"),
        ("あおば", "あおば"),
        ("Inc", "inc"),
        ("株式会社", "株式会社"),
        ("Cobalt", "cobalt"),
        ("", ""),
    ],
)
def test_kana_are_one_and_a_name_is_never_lost(words: str, name: str) -> None:
    assert of("company_name", words) == name


@settings(max_examples=40, deadline=None)
@given(label=st.text(alphabet="abz09-äßéñжя北斗精機日本あんアンن한글", min_size=1, max_size=20))
def test_every_domain_is_the_same_in_punycode(label: str) -> None:
    """Held against Python's own decoder, on labels of letters that stay as they are when they are normalised."""
    label = unicodedata.normalize("NFKC", f"a{label}é").lower()
    coded = label.encode("punycode").decode()
    assert of("web_domain", f"xn--{coded}.example") == f"{label}.example"
