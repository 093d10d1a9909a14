"""What holds for every page: sign-in, headers, language, errors."""

from __future__ import annotations

import re

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from accounts.models import User
from config import urls

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def breaks(_request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def waits_too_long(_request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 10")
        cursor.execute("SELECT pg_sleep(5)")
    return HttpResponse()


def writes_and_breaks(_request: HttpRequest) -> HttpResponse:
    User.objects.create_user("half@example.com", name="Half")
    raise ZeroDivisionError


handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
urlpatterns = [
    path("breaks/", breaks),
    path("waits/", waits_too_long),
    path("writes/", writes_and_breaks),
    path("", include(urls.urlpatterns)),
]


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("aki@example.com", "correct horse", name="Aki", language="ja")


@pytest.fixture
def browser(person: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


@pytest.mark.django_db
def test_page_asks_for_sign_in(client: Client):
    with override_settings(ROOT_URLCONF=__name__):
        answer = client.get("/breaks/?a=1")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/sign-in/login/?next=/breaks/%3Fa%3D1",
    )


@pytest.mark.django_db
def test_fragment_sends_the_browser_to_sign_in_and_back_to_its_page(client: Client):
    htmx = {"HX-Request": "true", "HX-Current-URL": "http://testserver/customers/?page=2"}
    with override_settings(ROOT_URLCONF=__name__):
        answer = client.get("/breaks/", headers=htmx)
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == "/sign-in/login/?next=/customers/%3Fpage%3D2"


@pytest.mark.django_db
def test_sign_in_page_and_its_headers(client: Client):
    answer = client.get("/sign-in/login/")
    assert answer.status_code == 200
    assert set(answer.headers["Content-Security-Policy"].split("; ")) == POLICY
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Permissions-Policy"].startswith("camera=(), ")


def test_signing_in_by_email_in_any_case(client: Client, person: User):
    form = {"login": "AKI@example.com", "password": "correct horse"}
    answer = client.post("/sign-in/login/", form)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.django_db
def test_nobody_signs_up(client: Client):
    form = {"email": "x@example.com", "password1": "correct horse", "password2": "correct horse"}
    client.post("/sign-in/signup/", form)
    assert not User.objects.exists()


def test_own_language_wins_over_the_browsers(browser: Client):
    answer = browser.get("/sign-in/password/change/", headers={"accept-language": "en"})
    assert answer.headers["Content-Language"] == "ja"


@pytest.mark.django_db
def test_language_switch_needs_no_sign_in(client: Client):
    answer = client.post("/language/", {"language": "ja", "next": "/sign-in/login/"})
    assert answer.status_code == 302
    assert client.get("/sign-in/login/").headers["Content-Language"] == "ja"


def test_missing_page(browser: Client):
    answer = browser.get("/no/such/page/")
    assert answer.status_code == 404
    assert "<h1>" in answer.content.decode()


@pytest.mark.django_db
def test_form_without_its_token():
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in/login/", {"login": "a@example.com", "password": "x"})
    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()


def test_broken_page_is_a_500_that_asks_no_database(browser: Client):
    with override_settings(ROOT_URLCONF=__name__):
        answer = browser.get("/breaks/")
    assert answer.status_code == 500
    assert "Retry-After" not in answer.headers
    assert re.search(r"報告番号：[0-9A-F]{8}。", answer.content.decode())


@pytest.mark.django_db(transaction=True)
def test_broken_page_leaves_nothing_half_written(browser: Client):
    with override_settings(ROOT_URLCONF=__name__):
        assert browser.get("/writes/").status_code == 500
    assert not User.objects.filter(email="half@example.com").exists()


@pytest.mark.django_db(transaction=True)
def test_statement_over_its_limit_is_a_503(browser: Client):
    with override_settings(ROOT_URLCONF=__name__):
        answer = browser.get("/waits/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.django_db(transaction=True)
def test_database_away_is_a_503(browser: Client, database_away: None):
    answer = browser.get("/sign-in/password/change/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    with pytest.raises(OperationalError):
        connection.ensure_connection()


def test_errors_under_the_api_are_json(browser: Client):
    answer = browser.get("/api/v1/no-such-thing/")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("ここに表示できるものはありません。")


@pytest.mark.django_db(transaction=True)
def test_database_away_from_the_api_is_a_503_in_json(browser: Client, database_away: None):
    answer = browser.get("/api/v1/schema/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["detail"].startswith("The database cannot be reached. ")


def test_schema_needs_sign_in(client: Client, browser: Client):
    assert client.get("/api/v1/schema/").status_code == 401
    answer = browser.get("/api/v1/schema/")
    assert answer.status_code == 200
    assert b"openapi: 3" in answer.content


def test_django_admin_is_not_mounted(browser: Client):
    assert browser.get("/django-admin/").status_code == 404
