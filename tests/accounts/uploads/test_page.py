"""The page of files: the list, the plain form for browsers without JavaScript, removal."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import encode_multipart
from django.urls import reverse

from accounts import uploads
from accounts.models import ImportRun, Upload, UploadPiece
from accounts.models.uploads import LARGEST_PIECE
from tests.accounts.uploads import begun, whole
from tests.counting import statements
from tests.factories import organisation, user

PAGE = "/import/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    organisation()
    ren = user("admin", name="Ren")
    client.force_login(ren)
    return ren


def send(client, content: bytes, name: str = "contracts.csv"):
    return client.post(PAGE, {"file": SimpleUploadedFile(name, content)})


@pytest.mark.usefixtures("admin")
def test_empty_list_says_what_comes(client):
    assert "No files yet" in client.get(PAGE).content.decode()


def test_small_file_arrives_by_the_plain_form(client, admin, settings):
    settings.UPLOAD_PIECE = 3
    answer = client.post(PAGE, {"file": SimpleUploadedFile("C:\\x\\契約.csv", b"id,name\n")}, follow=True)
    run = ImportRun.objects.get()
    assert answer.redirect_chain[-1] == (f"/import/runs/{run.pk}/files/1/", 302)
    upload = Upload.objects.get()
    assert (upload.name, upload.by, UploadPiece.objects.count()) == ("契約.csv", admin, 3)
    with uploads.as_file(upload) as path:
        assert path.read_bytes() == b"id,name\n"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.csv", "“a.csv” is empty."),
        (b"x", "a.pdf", "“a.pdf” cannot be imported"),
        (bytes(LARGEST_PIECE + 1), "a.csv", "Without JavaScript a file may have at most 8.0\xa0MB: split it, or allow JavaScript."),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("admin")
def test_file_that_cannot_be_is_refused_in_words(client, content, name, sentence):
    answer = send(client, content, name)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Upload.objects.exists()


@pytest.mark.usefixtures("admin")
def test_as_many_files_go_at_once_as_an_import_has(client, settings, caplog):
    """Beyond that a sentence is answered; it is no fault of the server."""
    assert settings.DATA_UPLOAD_MAX_NUMBER_FILES == 100
    answer = client.post(PAGE, {"file": [SimpleUploadedFile(f"{n}.csv", b"id,name\n") for n in range(7)]})
    assert (answer.status_code, Upload.objects.count()) == (302, 7)
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    answer = client.post(PAGE, {"file": [SimpleUploadedFile(f"{n}.csv", b"id,name\n") for n in range(3)]})
    assert answer.status_code == 400
    assert "Choose at most 2 files at once." in answer.content.decode()
    assert Upload.objects.count() == 7
    assert {row.levelname for row in caplog.records if row.name.startswith("django")} == {"WARNING"}


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize(
    ("setting", "most", "sentence"),
    [
        ("DATA_UPLOAD_MAX_NUMBER_FIELDS", 20, "A form takes at most 20 fields: bring in by a file what has more."),
        ("DATA_UPLOAD_MAX_MEMORY_SIZE", 1_024, "A form takes at most 1.0\xa0KB: bring in by a file what is larger."),
    ],
)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_a_form_that_is_too_large_is_refused_in_words(client, settings, caplog, setting, most, sentence, kind):
    setattr(settings, setting, most)
    fields = {f"r-{n}-name": "x" * 60 for n in range(30)}
    body = urlencode(fields) if "urlencoded" in kind else encode_multipart("b", fields)
    answer = client.post(PAGE, body, content_type=kind)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert {row.levelname for row in caplog.records if row.name.startswith("django")} == {"WARNING"}


@pytest.mark.usefixtures("admin")
def test_form_without_a_file_is_refused(client):
    assert client.post(PAGE, {}).status_code == 422


def test_list_has_the_newest_first_with_how_far_they_have_come(client, admin):
    uploads.put(begun(b"id,name\n", "first.csv", by=admin), 2, b"ame\n")
    whole(b"id\n", "second.csv", by=admin)
    page = client.get(PAGE).content.decode()
    assert page.index("second.csv") < page.index("first.csv")
    assert "1 of 2 pieces" in page
    assert "Arrived" in page


def test_list_asks_as_much_for_three_as_for_one(client, admin):
    counts = []
    for number in (1, 3):
        while Upload.objects.count() < number:
            uploads.put(begun(b"id,name\n", by=user("admin")), 1, b"id,n")
        with statements() as asked:
            client.get(PAGE)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_removed_file_is_gone_with_its_pieces(client, admin):
    upload = whole(b"id\n", by=admin)
    answer = client.post(reverse("accounts:upload_remove", args=[upload.pk]), follow=True)
    assert "“contracts.csv” was removed." in answer.content.decode()
    assert (Upload.objects.count(), UploadPiece.objects.count()) == (0, 0)
    assert client.post(reverse("accounts:upload_remove", args=[upload.pk])).status_code == 404


@pytest.mark.parametrize("role", ["csm", "manager", "viewer"])
def test_who_is_no_admin_finds_no_page(client, role):
    organisation()
    person = user(role)
    upload = begun(b"id\n", by=person)
    client.force_login(person)
    assert client.get(PAGE).status_code == 404
    assert send(client, b"id\n").status_code == 404
    assert client.post(reverse("accounts:upload_remove", args=[upload.pk])).status_code == 404
    assert Upload.objects.count() == 1
