"""Japanese is complete: the catalogue holds every message, and the pages show no English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch
from django.utils import translation

from accounts.models import User
from config.outbox.delivery import deliver
from config.outbox.models import Outbox
from config.shipping import TEXTS, translated
from health.models import Case
from playbooks import shipped
from playbooks.models import Playbook, Task
from tests.access import site, world
from tests.access.policy import POLICY
from tests.config import extraction
from tests.config.spoken import JAPANESE, KNOWN, WORD, data_of, english
from tests.factories import DAY

CATALOGUE: Final = extraction.CATALOGUE
PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|%%|(?<!%)%s|\{\w+\}|</?\w+[^>]*>")
# A message in braces of a formatted text, or in those of a dict.
WITHIN: Final = re.compile(r"f[\"'].*\{.*\b(?:_|_now|[np]*gettext)\(")


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


def test_a_message_within_a_formatted_text_is_known(catalogue: Catalog):
    """There Babel does not find it: it would be English for everybody."""
    hidden = [
        f"{path.relative_to(extraction.ROOT)}:{call.lineno}"
        for folder in extraction.FOLDERS
        for path in sorted((extraction.ROOT / folder).rglob("*.py"))
        if WITHIN.search(source := path.read_text())
        for text in ast.walk(ast.parse(source))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in extraction.KEYWORDS
        if catalogue.get(getattr(call.args[0], "value", "")) is None
    ]
    assert hidden == []


def test_catalogue_names_no_machine():
    text = CATALOGUE.read_text()
    assert not re.search(r"^#:|POT-Creation-Date|/home/|/tmp/", text, re.MULTILINE)


def _texts(of: Any) -> list[str]:
    return [of] if isinstance(of, str) else list(of)


# What people may have called something, which the catalogue happens to hold as a refusal that no page shows unasked.
TYPED: Final = {
    "segment": "Choose a category.", "rule": "Choose a result.", "play": "Choose the team.", "untouched": "A month is 1 to 12.",
    "task": "Decision withdrawn.", "case": "Choose somebody else.",
}  # fmt: skip


def type_names(built: SimpleNamespace) -> None:
    for record in ("segment", "rule", "play", "untouched"):
        named = getattr(built, record)
        named.name = TYPED[record]
        named.save(update_fields=["name"])
    Task.objects.filter(run=None).update(title=TYPED["task"])
    Case.objects.filter(pk=built.book.case.pk).update(title=TYPED["case"])


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """Everything there is, written once; everybody reads Japanese."""
    with django_db_blocker.unblock(), transaction.atomic():
        # The test client copies every template's context, which takes a third of the time.
        patch = pytest.MonkeyPatch()
        patch.setattr("django.test.client.store_rendered_templates", lambda *_args, **_kwargs: None)
        built = world.build()
        shipped.install(DAY)
        type_names(built)
        User.objects.update(language="ja")
        yield built
        patch.undo()
        transaction.set_rollback(True)


def test_all_texts_that_we_ship_are_translated():
    with translation.override("ja"):
        assert {text for text in TEXTS if translated(text) == text} == set()
        assert [translated(text) for text in ("Seats", "", None)] == ["Seats", "", ""]


@pytest.mark.parametrize("who", ["admin", pytest.param("manager", marks=pytest.mark.long), "owner"])
@pytest.mark.django_db
def test_pages_show_no_english(who: str, company: SimpleNamespace):
    client, data, seen, left = site.browser(company, who), data_of(company, *TYPED.values()), 0, {}
    with translation.override("ja"):
        otherwise, typed = set(map(translation.gettext, TYPED.values())), set()
    for name, route in POLICY.items():
        if route.get and who in route.get.allowed:
            url = site.address(name, company)
            answer = client.get(url)
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                seen += 1
                body = site.text(answer)
                left |= {f"{name}: {text}": url for text in english(body, data)}
                left |= {f"{name}: {text} was typed otherwise": url for text in otherwise if text in body}
                typed |= {text for text in TYPED.values() if text in body}
    assert left == {}
    assert seen >= 50
    assert typed == set(TYPED.values())


@pytest.mark.django_db
def test_shipped_names_and_states_show_no_english(company: SimpleNamespace):
    """Pages that the routes alone do not reach: each playbook, each measure, each filter that a tab sets."""
    client, data = site.browser(company, "admin"), data_of(company, *TYPED.values())
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
    client, data, refused, left = site.browser(company, "admin"), data_of(company, *TYPED.values()), 0, {}
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
