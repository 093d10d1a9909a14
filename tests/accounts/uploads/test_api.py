"""Uploads over the API: as on the page, in pieces, by whoever may."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.db import connections
from django.test import Client

from accounts import uploads
from accounts.models import Upload
from accounts.models.uploads import LARGEST_PIECE
from tests.accounts.uploads import NOW, begun
from tests.counting import statements
from tests.factories import organisation, user
from tests.problems import told

CONTENT = b"id,name\n1,Aoba\n"
ROOT = "/api/v1/uploads/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, settings):
    organisation()
    settings.UPLOAD_PIECE = 4
    ren = user("admin")
    client.force_login(ren)
    return ren


def post(client, address, body=None, **headers):
    return client.post(address, json.dumps(body or {}), "application/json", headers=headers)


def put(client, pk, number, content, kind="application/octet-stream"):
    return client.put(f"{ROOT}{pk}/pieces/{number}/", content, kind)


def test_a_file_arrives_and_its_state_is_known(client, admin):
    answer = post(client, ROOT, {"name": "contracts.csv", "size": 15})
    state = answer.json()
    assert answer.status_code == 201
    assert (state["name"], state["size"], state["piece_size"], state["pieces"]) == ("contracts.csv", 15, 4, 4)
    assert (state["arrived"], state["completed_at"], state["sha256"], state["by"]) == ([], None, "", admin.email)
    pk = state["id"]
    for number in (4, 1, 1):
        assert put(client, pk, number, CONTENT[4 * number - 4 : 4 * number]).status_code == 204
    assert client.get(f"{ROOT}{pk}/").json()["arrived"] == [1, 4]
    assert told(post(client, f"{ROOT}{pk}/complete/")) == {
        "non_field_errors": ["2 pieces are missing; the first is piece 2."]
    }
    for number in (2, 3):
        assert put(client, pk, number, CONTENT[4 * number - 4 : 4 * number]).status_code == 204
    digest = hashlib.sha256(CONTENT).hexdigest()
    wrong = post(client, f"{ROOT}{pk}/complete/", {"sha256": "0" * 64})
    assert (wrong.status_code, list(told(wrong))) == (400, ["sha256"])
    right = post(client, f"{ROOT}{pk}/complete/", {"sha256": digest})
    assert (right.status_code, right.json()["sha256"]) == (200, digest)
    with uploads.as_file(Upload.objects.get()) as path:
        assert path.read_bytes() == CONTENT
    assert post(client, f"{ROOT}{pk}/remove/").status_code == 204
    assert client.get(f"{ROOT}{pk}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a.pdf", "size": 1}, "name"),
        ({"name": "", "size": 1}, "name"),
        ({"size": 1}, "name"),
        ({"name": "a.csv", "size": 0}, "size"),
        ({"name": "a.csv", "size": 2**30 + 1}, "size"),
        ({"name": "a.csv", "size": "many"}, "size"),
        ({"name": "a.csv", "size": 1, "piece_size": 1}, "piece_size"),
    ],
)
@pytest.mark.usefixtures("admin")
def test_file_that_cannot_be_is_refused_at_its_field(client, body, field):
    answer = post(client, ROOT, body)
    assert (answer.status_code, list(told(answer))) == (400, [field])
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("number", "content", "kind", "status"),
    [
        (1, b"id,n", "application/json", 415),
        (1, b"id,n", "multipart/form-data; boundary=x", 415),
        (1, b"", "application/octet-stream", 400),
        (1, b"id,name", "application/octet-stream", 400),
        (5, b"id,n", "application/octet-stream", 400),
        (0, b"id,n", "application/octet-stream", 400),
        (1234567, b"id,n", "application/octet-stream", 404),
        ("x", b"id,n", "application/octet-stream", 404),
    ],
)
def test_piece_that_cannot_be_is_refused(client, admin, number, content, kind, status):
    upload = begun(CONTENT, by=admin)
    assert put(client, upload.pk, number, content, kind).status_code == status
    assert uploads.arrived(upload) == []


def test_another_content_is_refused(client, admin):
    upload = begun(CONTENT, by=admin)
    uploads.put(upload, 1, b"id,n")
    assert told(put(client, upload.pk, 1, b"ID,N")) == {
        "content": ["Piece 1 is here already with another content: begin the upload anew."]
    }


def test_largest_piece_passes_and_no_other_body_grows(client, admin, settings):
    settings.UPLOAD_PIECE = LARGEST_PIECE
    content = bytes(LARGEST_PIECE)
    upload = uploads.receive("zeros.csv", BytesIO(content), len(content), by=admin, now=NOW)
    assert put(client, upload.pk, 1, content).status_code == 204
    too_large = put(client, upload.pk, 1, content + b"x")
    assert (too_large.status_code, too_large.json()["detail"]) == (400, "The body is larger than 8388608 bytes.")
    grown = client.post(ROOT, b'{"name": "' + b"a" * 3_000_000 + b'", "size": 1}', "application/json")
    assert (grown.status_code, Upload.objects.count()) == (400, 1)


def test_token_is_asked_for_as_elsewhere(admin):
    upload = begun(CONTENT, by=admin)
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    assert put(client, upload.pk, 1, b"id,n").status_code == 403
    assert uploads.arrived(upload) == []


def test_who_is_no_admin_has_the_own_only_and_begins_none(client):
    organisation()
    mara, ren = user(), user("admin")
    hers, his = begun(CONTENT, by=mara), begun(CONTENT, by=ren)
    client.force_login(mara)
    assert [row["id"] for row in client.get(ROOT).json()["results"]] == [hers.pk]
    assert client.get(f"{ROOT}{his.pk}/").status_code == 404
    assert put(client, his.pk, 1, b"id,n").status_code == 404
    assert post(client, f"{ROOT}{his.pk}/complete/").status_code == 404
    assert put(client, hers.pk, 1, b"id,n").status_code == 204
    assert post(client, ROOT, {"name": "a.csv", "size": 1}).status_code == 403
    client.force_login(ren)
    assert [row["id"] for row in client.get(ROOT).json()["results"]] == [his.pk, hers.pk]


def test_list_asks_as_much_for_three_as_for_one(client, admin):
    counts = []
    for number in (1, 3):
        while Upload.objects.count() < number:
            uploads.put(begun(CONTENT, by=user("admin")), 1, b"id,n")
        with statements() as asked:
            assert len(client.get(ROOT).json()["results"]) == number
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_pieces_of_two_tabs_at_once_make_one_file(client, admin):
    upload = begun(CONTENT, by=admin)

    def send(number: int) -> int:
        tab = Client()
        tab.cookies = client.cookies
        try:
            return put(tab, upload.pk, number, CONTENT[4 * number - 4 : 4 * number]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(send, [1, 2, 3, 4, 1, 2, 3, 4])) == {204}
    assert post(client, f"{ROOT}{upload.pk}/complete/").json()["sha256"] == hashlib.sha256(CONTENT).hexdigest()
