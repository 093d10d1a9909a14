"""Passwords cannot be tried out, and nobody is shut out by who tries."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from django.contrib import admin
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.urls import include, path

from accounts import guarding
from accounts.models import User
from config import urls
from config.limits.models import Counter
from config.outbox.models import Outbox
from tests.factories import organisation, user
from tests.waiting import until_somebody_waits

PASSWORD = "the right long password"
DOORS = {"/sign-in/login/": "login", "/django-admin/login/": "username"}
urlpatterns = [path("django-admin/", admin.site.urls), path("", include(urls.urlpatterns))]  # mounted by TSUNAGU_ADMIN
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def person(db):
    organisation()
    one = user("admin", is_staff=True)
    one.set_password(PASSWORD)
    one.save(update_fields=["password"])
    return one


def sign_in(client, email, password=PASSWORD, door="/sign-in/login/", **options):
    return client.post(door, {DOORS[door]: email, "password": password}, **options)


def is_in(client):
    return "_auth_user_id" in client.session


def wrong(email, times, **options):
    """The statuses of so many wrong tries from devices that nobody knows."""
    return [sign_in(Client(), email, "wrong", **options).status_code for _ in range(times)]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("door", DOORS)
def test_an_owner_whose_device_is_known_gets_in_while_others_try(person, door):
    device = Client()
    assert sign_in(device, person.email).status_code == 302
    device.post("/sign-in/logout/")
    refused = wrong(f" {person.email.upper()} ", 12, door=door)
    assert refused.count(200) == guarding.EMAIL.free
    assert set(refused) == {200, 429}
    assert sign_in(Client(), person.email, **ELSEWHERE).status_code == 429
    assert sign_in(device, person.email, door=door).status_code == 302
    assert is_in(device)


def test_one_at_a_shared_address_shuts_out_nobody_who_was_in_before(person):
    colleague = user()
    colleague.set_password(PASSWORD)
    colleague.save(update_fields=["password"])
    device = Client()
    sign_in(device, colleague.email)
    device.post("/sign-in/logout/")
    statuses = [sign_in(Client(), f"{n}@guess.example", "wrong").status_code for n in range(15)]
    assert statuses.count(200) == guarding.ADDRESS.free
    assert sign_in(Client(), colleague.email).status_code == 429
    assert sign_in(device, colleague.email).status_code == 302
    # From anywhere else a new device gets in as well.
    assert sign_in(Client(), person.email, **ELSEWHERE).status_code == 302


def test_a_right_password_is_no_try(person):
    for _ in range(guarding.ADDRESS.free * 2):
        assert sign_in(Client(), person.email).status_code == 302


def test_what_the_client_says_of_its_address_changes_nothing(person, settings):
    spoofed = [{"HTTP_X_FORWARDED_FOR": f"198.51.100.{n}"} for n in range(15)]
    tried = [sign_in(Client(), f"{n}@guess.example", "wrong", **one).status_code for n, one in enumerate(spoofed)]
    assert tried.count(200) == guarding.ADDRESS.free
    settings.PROXIES = 1
    Counter.objects.all().delete()
    spoofed = [{"HTTP_X_FORWARDED_FOR": f"198.51.100.{n}, 203.0.113.7"} for n in range(15)]
    tried = [sign_in(Client(), f"{n}@guess.example", "wrong", **one).status_code for n, one in enumerate(spoofed)]
    assert tried.count(200) == guarding.ADDRESS.free


def mailed_link(person: User) -> str:
    Client().post("/sign-in/password/reset/", {"email": person.email}, **ELSEWHERE)
    text = str(Outbox.objects.get(kind="mail").payload)
    return text[text.index("/sign-in/password/reset/key/") :].split(maxsplit=1)[0].split("\\", maxsplit=1)[0]


@pytest.mark.django_db(transaction=True)
def test_a_mailed_link_sets_one_password_however_many_use_it_at_once(person):
    """Both have read the page; who comes second is told that the link is used, not that a password was set."""
    link, browsers, answers = mailed_link(person), [Client(), Client()], {}
    (page,) = {browser.get(link, follow=True).request["PATH_INFO"] for browser in browsers}

    def choose(n: int) -> None:
        chosen = dict.fromkeys(("password1", "password2"), f"another long password {n}")
        answers[n] = browsers[n].post(page, chosen).status_code
        connection.close()

    threads = [Thread(target=choose, args=(n,)) for n in range(2)]
    with transaction.atomic():  # so that both have asked for the row before one gets it
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
        for thread in threads:
            thread.start()
        until_somebody_waits()
        time.sleep(0.3)
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [200, 302]
    first = next(n for n, status in answers.items() if status == 302)
    assert User.objects.get(pk=person.pk).check_password(f"another long password {first}")


def test_a_new_password_by_mail_lets_its_owner_in_at_once(person):
    wrong(person.email, 8)
    browser = Client()
    form = browser.get(mailed_link(person), follow=True)
    chosen = {"password1": "another long password", "password2": "another long password"}
    assert browser.post(form.request["PATH_INFO"], chosen).status_code == 302
    assert sign_in(browser, person.email, chosen["password1"]).status_code == 302
    assert not mail.outbox


def test_mails_for_a_new_password_are_limited_whoever_is_meant(person):
    for email in (person.email, "nobody@demo.example"):
        tried = [Client().post("/sign-in/password/reset/", {"email": email}, **ELSEWHERE).status_code for _ in range(5)]
        assert tried == [302] * guarding.MAILED.free + [429] * 2


WRONG = {
    "/sign-in/password/change/": {"oldpassword": "wrong", "password1": "another long", "password2": "another long"},
    "/django-admin/password_change/": {"old_password": "wrong", "new_password1": "x", "new_password2": "x"},
    "/django-admin/login/": {"username": "else@demo.example", "password": "wrong"},
}


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("door", WRONG)
def test_who_is_signed_in_cannot_try_out_passwords_either(person, door):
    client = Client()
    client.force_login(person)
    tried = [client.post(door, WRONG[door]).status_code for _ in range(7)]
    assert tried == [200] * guarding.EMAIL.free + [429] * 2


@pytest.mark.parametrize("letters", ["\N{KELVIN SIGN}", "k", "\N{FULLWIDTH LATIN SMALL LETTER K}"])
def test_one_person_has_one_counter_however_the_e_mail_is_written(letters):
    other = guarding.signing_in(f" a{letters}\N{LATIN SMALL LETTER DOTLESS I}@x.example ", "1.2.3.4", guarding.Device())
    assert other.counters == guarding.signing_in("AKI@X.EXAMPLE", "1.2.3.4", guarding.Device()).counters


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("[::ffff:198.51.100.7]:4711", "198.51.100.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3::4]", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("unknown", "127.0.0.1"),
        ("[nonsense", "127.0.0.1"),
    ],
)
def test_an_address_is_counted_as_one_however_it_is_written(rf, written, read):
    asked = rf.get("/", HTTP_X_FORWARDED_FOR=f"8.8.8.8, {written}")
    assert guarding.address_of(asked, 1) == read
    assert read == "127.0.0.1" or guarding.address_of(rf.get("/", REMOTE_ADDR=written), 0) == read


def test_a_forged_or_foreign_cookie_knows_nobody(person):
    device = Client()
    sign_in(device, person.email)
    kept = device.cookies["device"].value
    for value, email in ((kept[:-2] + "xx", person.email), (kept, "else@demo.example"), ("[]", person.email)):
        browser = Client()
        browser.cookies["device"] = value
        Counter.objects.all().delete()
        tried = [sign_in(browser, email, "wrong").status_code for _ in range(7)]
        assert tried.count(200) == guarding.EMAIL.free, value


def test_the_counters_name_nobody(person):
    wrong(person.email, 2)
    told = " ".join(Counter.objects.values_list("name", flat=True))
    assert person.email.partition("@")[0] not in told.lower()
    assert "127.0.0.1" not in told
