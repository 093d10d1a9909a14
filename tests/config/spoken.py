"""What somebody reads or hears of a page, and what of it is in the wrong language."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Final

from accounts.models import Organisation, User
from config import clock
from config.environment import BASE_DIR
from playbooks import shipped
from playbooks.models import Playbook

JAPANESE: Final = re.compile(r"[ぁ-んァ-ヶ一-龥]")
# A unit or a word that a sentence and its filling both say.
DOUBLED: Final = re.compile(r"([ぁ-んァ-ヶー一-龥]{2,})\1|\d\s?([件名社個回円人日月年])\2|([％%])\3")
WORD: Final = re.compile(r"[A-Za-z]{2,}")
SPOKEN: Final = ("aria-label", "placeholder", "title", "alt")
# Names, and what the field itself writes in Latin letters.
KNOWN: Final = {
    "Tsunagu", "English", "Django", "Ctrl", "Enter", "Esc", "FOLDER", "UTC", "ARR", "CSM", "QBR", "EBR", "NPS", "CSAT", "CES", "ROI", "CSV",
    "DAU", "WAU", "MAU", "ISO", "JP", "US", "DE", "USD", "EUR", "URL", "AUC", "PES",
    "API", "OpenAPI", "users", "TOML", "http", "https", "tsunagu", "example", "com", "docs", "import", "api", "md", "events",
    "HubSpot", "Segment", "Salesforce", "Stripe", "Zendesk", "Intercom", "RavenStack", "MRR",
    "UTF", "Shift", "JIS", "CP", "EUC", "Windows", "gmail", "rates", "id", "ID", "data",
    "TSV", "TXT", "XLSX", "JSON", "Lines", "ZIP", "csv", "jsonl", "ndjson", "MB", "GB", "JavaScript",
}  # fmt: skip


class Seen(HTMLParser):
    """The texts of a page that somebody reads or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style", "textarea", "code"}
        self.texts += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style", "textarea", "code"}

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.silent:
            self.texts.append(" ".join(data.split()))


def read(body: str) -> list[str]:
    page = Seen()
    page.feed(body)
    zones = clock.time_zones()
    return [text for text in page.texts if text not in zones]


def english(body: str, data: re.Pattern[str]) -> list[str]:
    """Texts of a page that hold a word which is neither data nor known."""
    return [text for text in read(body) if set(WORD.findall(data.sub(" ", text))) - KNOWN]


def data_of(built: SimpleNamespace, *typed: str) -> re.Pattern[str]:
    """What the company's own rows say: names, addresses, the texts that all begin alike, and those that a test has ``typed``."""
    people = User.objects.values_list("name", "email")
    plays = Playbook.objects.exclude(key__in=shipped.PLAYBOOKS).values_list("name", "published__steps__values__title")
    words = {word for row in (*people, *plays) for word in row if word}
    words |= {built.segment.name, *(word for name in (name for name, _ in people) for word in name.split())}
    words |= {"Drafted", "Not yet", built.rule.name, built.own.name, "Overflow", "Refused", "mail:lost", "outbox"}
    words |= {Organisation.objects.get().name, str(BASE_DIR), *typed}
    words |= {"zyxcanary.toml", "zyxcanary.csv", "zyxcanary", "rates.csv"}
    named = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?:Zyxcanary|Birch|Cedar)(?: [a-z]+)*\d*|(?<![A-Za-z])(?:{named})(?![A-Za-z])")


def other_language(body: str, language: str, data: re.Pattern[str]) -> list[str]:
    """Texts that are not in the page's language, beyond data, what is known, and the languages' own names."""
    return (
        english(body, data)
        if language == "ja"
        else [text for text in read(body) if JAPANESE.search(data.sub(" ", text.replace("日本語", "")))]
    )


def twice(body: str, never: set[str], data: re.Pattern[str]) -> list[str]:
    """Japanese texts that say a word twice over, or one that ``never`` stands for a term of docs/words.md."""
    texts = {text: data.sub(" ", text) for text in read(body)}
    return [text for text, own in texts.items() if DOUBLED.search(own) or any(word in own for word in never)]
