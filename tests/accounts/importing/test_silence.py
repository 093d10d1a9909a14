"""Admins are told of a source that has fallen silent, once a silence."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Source
from accounts.views.imports import silence
from config.environment import MAIL
from config.outbox.models import Outbox
from tests import factories as make
from tests.accounts.importing.test_hearing import NOW, came

pytestmark = pytest.mark.django_db


def test_each_admin_gets_one_mail_a_silence(settings: Any) -> None:
    settings.EMAIL_BACKEND = MAIL["smtp"]
    make.organisation(frozen_today=None, url="https://t.example")
    admin = make.user(role="admin")
    make.user(role="csm")
    Source.objects.create(name="crm", silent_days=8)
    came("crm", 9)
    assert [silence.tell(NOW), silence.tell(NOW + dt.timedelta(hours=1))] == [1, 0]
    (mail,) = Outbox.objects.all()
    assert mail.payload["to"] == [admin.email]
    assert mail.payload["subject"] == "crm has been silent for 9 days"
    assert "https://t.example/settings/sources/of/crm/" in mail.payload["text"]
    assert mail.payload["text"].startswith("Nothing has come from it since ")
    came("crm", 0)
    assert silence.tell(NOW) == 0
    assert silence.tell(NOW + dt.timedelta(days=9)) == 1


def test_nobody_is_told_while_the_day_is_frozen_or_no_relay_is_there(settings: Any) -> None:
    Source.objects.create(name="crm", silent_days=8)
    came("crm", 9)
    make.user(role="admin")
    settings.EMAIL_BACKEND = MAIL["smtp"]
    make.organisation()
    assert silence.tell(NOW) == 0
    make.organisation(frozen_today=None)
    settings.EMAIL_BACKEND = MAIL["files"]
    assert silence.tell(NOW) == 0
