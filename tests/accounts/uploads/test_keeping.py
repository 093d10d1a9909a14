"""Uploads end: unfinished ones after two days, complete ones after thirty."""

from __future__ import annotations

import datetime as dt
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from accounts import uploads
from accounts.models import Upload, UploadPiece
from config.outbox.housekeeping import JOINED
from tests.accounts.uploads import NOW, begun, whole
from tests.counting import statements

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)


@pytest.mark.django_db
def test_last_instant_is_kept_and_the_next_is_not():
    unfinished, complete = begun(b"id,n"), whole(b"id,n")
    uploads.put(unfinished, 1, b"id,n")
    assert uploads.tidy(NOW + 2 * DAY) == 0
    assert uploads.tidy(NOW + 2 * DAY + SECOND) == 1
    assert list(Upload.objects.all()) == [complete]
    assert UploadPiece.objects.count() == 1
    assert uploads.tidy(NOW + 30 * DAY) == 0
    assert uploads.tidy(NOW + 30 * DAY + SECOND) == 1
    assert (Upload.objects.count(), UploadPiece.objects.count()) == (0, 0)
    assert uploads.tidy(NOW + 30 * DAY + SECOND) == 0


@pytest.mark.django_db
def test_a_run_takes_ten_and_reads_no_content():
    for _ in range(11):
        begun(b"id,n")
    counts = []
    for expected in (10, 1):
        with statements() as asked:
            assert uploads.tidy(NOW + 3 * DAY) == expected
        counts.append(len(asked))
        assert not any("content" in statement for statement in asked)
    assert counts == [5, 5]  # the fifth lets go of the exports whose files they were


def test_housekeeping_does_it():
    assert uploads.tidy in JOINED


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_is_being_completed_waits_for_the_next_run():
    upload = begun(b"id,n")
    uploads.put(upload, 1, b"id,n")
    held, done = Event(), Event()

    def complete() -> None:
        with transaction.atomic():
            uploads.complete(upload, now=NOW + 3 * DAY)
            held.set()
            done.wait(10)
        connection.close()

    thread = Thread(target=complete)
    thread.start()
    held.wait(10)
    assert uploads.tidy(NOW + 3 * DAY) == 0
    done.set()
    thread.join()
    assert uploads.tidy(NOW + 3 * DAY) == 0
    assert Upload.objects.get().completed_at == NOW + 3 * DAY
