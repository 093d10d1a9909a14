"""The words by which files call what is chosen: the labels of our pages in each language, and usual synonyms."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils import translation

from accounts.imports.cells import Field, Labels, is_doubtful
from config.folding import fold

# By the name of the field and the value, separated by ``|``; only values that the field's choices have count.
SYNONYMS: Final[Mapping[str, Mapping[str, str]]] = {
    "status": {
        "open": "未払い|未払|未入金|未収|未決済|支払待ち|入金待ち|支払遅延|延滞|unpaid|outstanding|due|overdue|past due|offen|unbezahlt|ausstehend|überfällig",
        "paid": "支払済|支払済み|支払い済み|支払完了|入金済|入金済み|入金完了|paid in full|bezahlt|beglichen",
        "void": "無効|取消|取り消し|取消済|キャンセル|voided|cancelled|canceled|storniert|annulliert",
    },
    "roles": {
        "champion": "推進者|推進役|推進担当",
        "buyer": "決定者|意思決定者|決裁権者|最終決裁者|buyer|decision maker|budget holder|entscheider|entscheiderin",
        "sponsor": "スポンサー|エグゼクティブスポンサー|executive sponsor",
        "admin": "システム管理者|運用管理者|administrator",
        "user": "ユーザー|エンドユーザー|一般ユーザー|user|nutzer|nutzerin|anwender|anwenderin",
    },
    "role": {
        "admin": "administrator",
        "viewer": "閲覧のみ|read only",
        "csm": "カスタマーサクセスマネージャー|customer success manager",
    },
    "language": {"en": "英語|english", "ja": "日本語|japanese"},
    "state": {
        "active": "在籍|在籍中|在職|在職中",
        "moved": "異動済|異動済み|転属|transferred",
        "left": "退職済|退職済み|退社|離職",
        "achieved": "達成済|達成済み",
        "partial": "部分達成|partially achieved",
        "missed": "未達成|not met",
        "cancelled": "canceled|取りやめ",
    },
    "kind": {
        "seats": "席数|シート数",
        "module": "機能",
        "call": "通話|架電|phone|phone call",
        "meeting": "打ち合わせ|打合せ|ミーティング|面談|訪問|商談",
        "email": "eメール|mail|e-mail",
        "event": "セミナー|ウェビナー|webinar",
        "one_to_many": "メルマガ|newsletter",
        "case_study": "事例",
        "review": "レビュー",
    },
    "direction": {"in": "受信|着信|inbound|incoming", "out": "送信|発信|架電|outbound|outgoing"},
    "severity": {
        "low": "低い|軽微|minor",
        "medium": "中程度|普通|通常|normal",
        "high": "高い|重要|major",
        "urgent": "至急|critical",
    },
    "period": {
        "once": "一回|1回|one time",
        "month": "月次|monthly",
        "quarter": "四半期|quarterly",
        "year": "年次|yearly|annual|annually",
    },
    "stated_reason": {
        "price": "価格|予算|費用|コスト",
        "competitor": "競合|他社乗り換え|乗り換え",
        "merger": "合併|買収",
        "closed": "廃業",
    },
}
# The reason that a customer states and the one that is found are of the same words.
ALIKE: Final = {"root_cause": "stated_reason"}


def meanings(field: Field) -> Mapping[str, str]:
    """The choice by the word, folded; a word of two choices is left out."""
    return _meanings(ALIKE.get(field.name, field.name), field.choices, field.labels)


def meant(field: Field, text: str, *, by_synonym: bool = True) -> str:
    """The choice that a word of a file means: its own name or, unless files may not say it otherwise, a word for it; "" for none and for
    one with a question mark.
    """
    word = text.casefold()
    if word in field.choices:
        return word
    return meanings(field).get(fold(text), "") if by_synonym and not is_doubtful(text) else ""


def listed(field: Field, *, by_synonym: bool = True) -> str:
    """The choices as a file may say them, in the language of the page; their own names unless it may say them otherwise."""
    labels = ((choice, str(label)) for choice, label in field.named_choices)
    return ", ".join(label if by_synonym and meant(field, label) == choice else choice for choice, label in labels)


@lru_cache(maxsize=200)
def _meanings(name: str, choices: tuple[str, ...], labels: Labels) -> Mapping[str, str]:
    words = SYNONYMS.get(name, {})
    named = [(word, value) for value, text in words.items() for word in text.split("|") if value in choices]
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            named += [(str(label), value) for value, label in labels]
    found: dict[str, set[str]] = {}
    for word, value in named:
        found.setdefault(fold(word), set()).add(value)
    return {word: min(values) for word, values in found.items() if len(values) == 1}
