"""Japanese is complete: the catalogue holds every message, and the pages show no English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any, Final
from zoneinfo import available_timezones

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch

from accounts.models import Organisation, User
from config.environment import BASE_DIR
from config.outbox.delivery import deliver
from config.outbox.models import Outbox
from playbooks import shipped
from playbooks.models import Playbook
from tests.access import site, world
from tests.access.policy import POLICY
from tests.config import extraction
from tests.factories import DAY

CATALOGUE: Final = extraction.CATALOGUE
PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|%%|(?<!%)%s|\{\w+\}|</?\w+[^>]*>")
JAPANESE: Final = re.compile(r"[ぁ-んァ-ヶ一-龥]")
WORD: Final = re.compile(r"[A-Za-z]{2,}")
SPOKEN: Final = ("aria-label", "placeholder", "title", "alt")
# Names, and what the field itself writes in Latin letters.
KNOWN: Final = {
    "Tsunagu", "English", "Django", "Ctrl", "Enter", "Esc", "FOLDER", "UTC", "ARR", "CSM", "QBR", "EBR", "NPS", "CSAT", "CES", "ROI", "CSV",
    "DAU", "MAU", "ISO", "JP", "US", "DE", "USD", "EUR", "URL", "AUC", "PES",
    "API", "http", "https", "tsunagu", "example", "com", "docs", "import", "api", "md",
}  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ja")


def entries(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def test_every_entry_is_translated(catalogue: Catalog):
    assert len(entries(catalogue)) > 1000
    assert [message.id for message in entries(catalogue) if message.fuzzy or not all(_texts(message.string))] == []
    assert list(catalogue.obsolete) == []
    assert catalogue.num_plurals == 1


def test_translations_keep_their_placeholders(catalogue: Catalog):
    strange = [
        (message.id, text)
        for message in entries(catalogue)
        for text in _texts(message.string)
        if sorted(PLACEHOLDER.findall(_texts(message.id)[-1])) != sorted(PLACEHOLDER.findall(text))
    ]
    assert strange == []


def test_catalogue_holds_exactly_the_messages_of_the_sources(catalogue: Catalog):
    sources = extraction.messages()
    held = {(one.context, one.id if isinstance(one.id, str) else tuple(one.id)) for one in entries(catalogue)}
    assert sorted(sources - held, key=str) == [], "run python -m tests.config.extraction and translate these"
    assert sorted(held - sources, key=str) == [], "run python -m tests.config.extraction: these are in no source"


def test_catalogue_names_no_machine():
    text = CATALOGUE.read_text()
    assert not re.search(r"^#:|POT-Creation-Date|/home/|/tmp/", text, re.MULTILINE)


def _texts(of: Any) -> list[str]:
    return [of] if isinstance(of, str) else list(of)


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


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """Everything there is, written once; everybody reads Japanese."""
    with django_db_blocker.unblock(), transaction.atomic():
        # The test client copies every template's context, which takes a third of the time.
        patch = pytest.MonkeyPatch()
        patch.setattr("django.test.client.store_rendered_templates", lambda *_args, **_kwargs: None)
        built = world.build()
        shipped.install(DAY)
        User.objects.update(language="ja")
        yield built
        patch.undo()
        transaction.set_rollback(True)


def english(body: str, data: re.Pattern[str]) -> list[str]:
    """Texts of a page that hold a word which is neither data nor known."""
    page = Seen()
    page.feed(body)
    zones = available_timezones()
    texts = [text for text in page.texts if text not in zones]
    return [text for text in texts if set(WORD.findall(data.sub(" ", text))) - KNOWN]


def data_of(built: SimpleNamespace) -> re.Pattern[str]:
    """What the company's own rows say: names, addresses, and the texts that all begin alike."""
    people = User.objects.values_list("name", "email")
    plays = Playbook.objects.exclude(key__in=shipped.PLAYBOOKS).values_list("name", "published__steps__values__title")
    words = {word for row in (*people, *plays) for word in row if word}
    words |= {built.segment.name, *(word for name in (name for name, _ in people) for word in name.split())}
    words |= {"Drafted", "Not yet", built.rule.name, built.own.name, "Overflow", "Refused", "mail:lost", "outbox"}
    words |= {Organisation.objects.get().name, str(BASE_DIR)}
    named = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?:Zyxcanary|Birch|Cedar)(?: [a-z]+)*\d*|(?<![A-Za-z])(?:{named})(?![A-Za-z])")


@pytest.mark.parametrize("who", ["admin", pytest.param("manager", marks=pytest.mark.long), "owner"])
@pytest.mark.django_db
def test_pages_show_no_english(who: str, company: SimpleNamespace):
    client, data, seen, left = site.browser(company, who), data_of(company), 0, {}
    for name, route in POLICY.items():
        if route.get and who in route.get.allowed:
            url = site.address(name, company)
            answer = client.get(url)
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                seen += 1
                found = english(site.text(answer), data)
                left |= {f"{name}: {text}": url for text in found}
    assert left == {}
    assert seen >= 50


@pytest.mark.django_db
def test_shipped_names_and_states_show_no_english(company: SimpleNamespace):
    """Pages that the routes alone do not reach: each playbook, each measure, each filter that a tab sets."""
    client, data = site.browser(company, "admin"), data_of(company)
    of = company.book.customer.pk
    pages = [
        f"/playbooks/{pk}/" for pk in Playbook.objects.filter(key__in=shipped.PLAYBOOKS).values_list("pk", flat=True)
    ]
    pages += [f"/customers/{of}/health/{key}/" for key in ("usage_trend", "nps", "tickets_balance", "champion_present")]
    pages += [f"/tasks/?state={state}&scope=all" for state in ("open", "late", "snoozed", "done")]
    pages += [f"/renewals/{row.pk}/" for row in (company.book.decided, company.book.closed, company.book.early)]
    pages += ["/?scope=all", "/customers/?band=green&status=any", "/qbrs/?show=held", "/no/such/page/"]
    left = {text: url for url in pages for text in english(site.text(client.get(url)), data)}
    assert left == {}


@pytest.mark.django_db
def test_answers_to_empty_forms_show_no_english(company: SimpleNamespace):
    client, data, refused, left = site.browser(company, "admin"), data_of(company), 0, {}
    for name, route in POLICY.items():
        if not route.post or "admin" not in route.post.allowed or name.startswith("account_"):
            continue
        try:
            url = site.address(name, company)
        except NoReverseMatch:
            continue
        if site.is_api(url):
            continue
        with transaction.atomic():
            answer = client.post(url, {})
            transaction.set_rollback(True)
        if answer.status_code >= 400:
            refused += 1
            left |= {f"{name}: {text}": url for text in english(site.text(answer), data)}
    assert left == {}
    assert refused >= 10


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["login", "password/reset", "password/reset/done", "inactive"])
def test_sign_in_pages_show_no_english(client: Client, page: str):
    answer = client.get(f"/sign-in/{page}/", headers={"accept-language": "ja"})
    assert answer.status_code == 200
    assert english(answer.content.decode(), re.compile("(?!)")) == []


@pytest.mark.django_db
def test_mail_for_a_new_password_is_japanese(client: Client):
    User.objects.create_user("aki@example.com", "correct horse", name="Aki", language="ja")
    client.post("/sign-in/password/reset/", {"email": "aki@example.com"}, headers={"accept-language": "ja"})
    for row in Outbox.objects.all():
        deliver(row.pk)
    (sent,) = mail.outbox
    words = WORD.findall(re.sub(r"https?://\S+", " ", f"{sent.subject} {sent.body}"))
    assert set(words) <= KNOWN
    assert JAPANESE.search(sent.body)
