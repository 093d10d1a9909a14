"""Mail through the outbox: enqueued with its cause, sent by a worker, never resent when in doubt."""

from __future__ import annotations

import secrets
import smtplib
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends import filebased
from django.core.mail.utils import DNS_NAME

from config import clock
from config.environment import MAIL
from config.outbox.delivery import InDoubt, handler
from config.outbox.queueing import enqueue, row_in_work

KIND: Final = "mail"


class FilesBackend(filebased.EmailBackend):
    """Stores each mail as a file readable by its owner only, because mails have links that set a password."""

    def __init__(self, *args: Any, **options: Any) -> None:
        Path(settings.EMAIL_FILE_PATH).mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(*args, **options)

    def open(self) -> bool:
        """Open a new private file; False where one is open already."""
        if self.stream:
            return False
        place = Path(self.file_path) / f"{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}.eml"
        place.touch(mode=0o600)
        self.stream = place.open("ab")  # type: ignore[assignment]  # bytes, as the class above it writes
        return True


def goes_out() -> bool:
    """Whether mail goes to a relay; else it stays here, as a file or in the log."""
    return settings.EMAIL_BACKEND not in {MAIL["files"], MAIL["console"]}


def queue_mail(message: EmailMultiAlternatives, *, dedup_key: str) -> bool:
    """Write ``message`` (to, subject, text, HTML alternative) to the outbox; False if ``dedup_key`` was used before."""
    html = next((str(part[0]) for part in message.alternatives if part[1] == "text/html"), "")
    payload = {
        "to": list(message.to),
        "subject": str(message.subject),
        "text": str(message.body),
        "html": html,
        "sender": message.from_email,
    }
    return enqueue(KIND, payload, dedup_key=f"mail:{dedup_key}")


@handler(KIND, once_only=True)
def send(payload: dict[str, Any]) -> None:
    """Send one mail; its Message-ID is the outbox row's, so the relay's log can settle a doubt.

    A relay that cannot be reached or refuses is tried again. Any other error while the message is sent raises InDoubt,
    because the relay may have accepted it. Errors after sending are ignored.
    """
    connection = get_connection()
    message = EmailMultiAlternatives(
        connection=connection,
        subject=payload["subject"],
        body=payload["text"],
        from_email=payload["sender"],
        to=payload["to"],
        headers={"Message-ID": f"<outbox-{row_in_work()}@{DNS_NAME}>"},
    )
    if payload["html"]:
        message.attach_alternative(payload["html"], "text/html")
    message.message().as_bytes()  # a mail that cannot be serialised fails before it may have been sent
    connection.open()
    try:
        message.send()
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
        raise
    except Exception as error:
        raise InDoubt(f"{type(error).__name__}: {error}") from error
    finally:
        with suppress(OSError):
            connection.close()
