"""Mail: queued with its cause, sent by a worker with the row's own Message-ID, never in doubt twice."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from config.mail import queue_mail
from config.outbox.delivery import deliver
from config.outbox.models import Outbox

pytestmark = pytest.mark.django_db


class BrokenLine(BaseEmailBackend):
    """A mail relay that hangs up while it is being talked to."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:  # noqa: ARG002
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")


class Afterwards(BaseEmailBackend):
    """A mail relay that took the message and is gone when it is told goodbye."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return len(email_messages)

    def close(self) -> None:
        raise OSError("broken pipe")


class Odd(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:  # noqa: ARG002
        raise ValueError("whatever, while the message was under way")


class Unreachable(BaseEmailBackend):
    def open(self) -> bool:
        raise ConnectionRefusedError


class Refusing(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:  # noqa: ARG002
        raise smtplib.SMTPRecipientsRefused({"aki@example.com": (450, b"try later")})


def queued() -> Outbox:
    message = EmailMultiAlternatives("Hello", "Words", "us@example.com", ["aki@example.com"])
    message.attach_alternative("<p>Words</p>", "text/html")
    assert queue_mail(message, dedup_key="hello:1")
    assert not queue_mail(message, dedup_key="hello:1")
    return Outbox.objects.get()


def test_mail_is_sent_with_the_rows_message_id():
    row = queued()
    assert deliver(row.pk) == "done"
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert (sent.subject, sent.body, sent.to) == ("Hello", "Words", ["aki@example.com"])
    assert sent.from_email == "us@example.com"
    assert str(sent.alternatives[0][0]) == "<p>Words</p>"
    assert sent.extra_headers["Message-ID"].startswith(f"<outbox-{row.pk}@")


@pytest.mark.parametrize(
    ("relay", "came"),
    [
        ("BrokenLine", "unknown"),
        ("Odd", "unknown"),
        ("Refusing", "retry"),
        ("Unreachable", "retry"),
        ("Afterwards", "done"),
    ],
)
def test_only_what_the_relay_refused_is_tried_again(settings: Settings, relay: str, came: str):
    settings.EMAIL_BACKEND = f"{__name__}.{relay}"
    row = queued()
    assert deliver(row.pk) == came
    assert came == "retry" or deliver(row.pk) == "skipped"


@pytest.mark.parametrize(
    "wrong", [{"subject": "two\nlines"}, {"to": ["aki\n@example.com"]}, {"sender": "us\n@example.com"}]
)
def test_what_cannot_be_written_as_a_mail_is_in_no_doubt(wrong: dict[str, object]):
    row = queued()
    row.payload |= wrong
    row.save(update_fields=["payload"])
    assert deliver(row.pk) == "retry"
    assert mail.outbox == []


def test_password_reset_goes_through_the_outbox(client: Client):
    User.objects.create_user("aki@example.com", "old words", name="Aki")
    answer = client.post("/sign-in/password/reset/", {"email": "aki@example.com"})
    assert answer.status_code == 302
    assert mail.outbox == []
    row = Outbox.objects.get()
    assert (row.kind, row.payload["to"]) == ("mail", ["aki@example.com"])
    assert "/sign-in/password/reset/key/" in row.payload["text"]


def test_password_reset_for_a_stranger_answers_the_same_and_sends_nothing(client: Client):
    answer = client.post("/sign-in/password/reset/", {"email": "stranger@example.com"})
    assert answer.status_code == 302
    assert not Outbox.objects.exists()
