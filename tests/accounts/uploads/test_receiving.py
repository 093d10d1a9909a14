"""A file arrives in pieces, in any order, by several hands, and is whole or not there."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import uploads
from accounts.models import Upload, UploadPiece
from accounts.models.uploads import LARGEST, LARGEST_PIECE
from tests.accounts.uploads import NOW, begun, piece, whole
from tests.counting import statements
from tests.factories import user

CONTENT = b"id,name\n1,Aoba\n"  # 15 bytes: four pieces of 4, 4, 4 and 3


def refusal(call) -> str:
    with pytest.raises(ValidationError) as refused:
        call()
    return " ".join(refused.value.messages)


@pytest.mark.django_db
class TestBegin:
    def test_upload_has_the_installations_piece_size_and_stays_two_days(self, settings):
        admin = user("admin")
        upload = uploads.begin("contracts.csv", 20 * 2**20, by=admin, now=NOW)
        assert (upload.piece_size, upload.pieces_needed, upload.size_of(3)) == (8 * 2**20, 3, 4 * 2**20)
        assert (upload.by, upload.completed_at, upload.sha256) == (admin, None, "")
        assert upload.kept_until == NOW + dt.timedelta(days=2)
        settings.UPLOAD_PIECE = 5
        assert uploads.begin("contracts.csv", 11, by=admin, now=NOW).pieces_needed == 3

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("contracts.csv", "contracts.csv"),
            ("契約一覧_20261124.CSV", "契約一覧_20261124.CSV"),
            ("C:\\exports\\contracts.xlsx", "contracts.xlsx"),
            ("../../etc/rates.tsv", "rates.tsv"),
            ("all.zip", "all.zip"),
            ("events.jsonl", "events.jsonl"),
        ],
    )
    def test_name_is_kept_without_folders(self, sent, kept):
        assert uploads.begin(sent, 1, by=user("admin"), now=NOW).name == kept

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("", "The file has no name."),
            ("exports/", "The file has no name."),
            ("a\x00.csv", "“name” holds a character that cannot be stored."),
            ("a\nb.csv", "“name” has more than one line."),
            ("a" * 197 + ".csv", "The name of the file is longer than 200 characters: shorten it."),
            ("report.pdf", "“report.pdf” cannot be imported: send CSV, TSV or TXT, XLSX, JSON lines (.jsonl, .ndjson), or a ZIP of them."),
            ("contracts", "“contracts” cannot be imported: send CSV, TSV or TXT, XLSX, JSON lines (.jsonl, .ndjson), or a ZIP of them."),
            ("macros.xlsm", "“macros.xlsm” cannot be imported: send CSV, TSV or TXT, XLSX, JSON lines (.jsonl, .ndjson), or a ZIP of them."),
        ],
    )  # fmt: skip
    def test_name_that_cannot_be_imported_is_refused(self, name, sentence):
        admin = user("admin")
        assert refusal(lambda: uploads.begin(name, 1, by=admin, now=NOW)) == sentence
        assert not Upload.objects.exists()

    def test_longest_name_is_taken(self):
        assert len(uploads.begin("a" * 196 + ".csv", 1, by=user("admin"), now=NOW).name) == 200

    def test_sizes_between_one_byte_and_one_gigabyte_are_taken(self):
        admin = user("admin")
        assert refusal(lambda: uploads.begin("a.csv", 0, by=admin, now=NOW)) == "“a.csv” is empty."
        too_large = refusal(lambda: uploads.begin("a.csv", LARGEST + 1, by=admin, now=NOW))
        assert too_large.replace("\xa0", " ") == (
            "“a.csv” has 1.0 GB; a file may have at most 1.0 GB: split it, or send it as a ZIP."
        )
        assert uploads.begin("a.csv", LARGEST, by=admin, now=NOW).pieces_needed == 128
        assert uploads.begin("a.csv", 1, by=admin, now=NOW).pieces_needed == 1


@pytest.mark.django_db
class TestPut:
    def test_pieces_come_in_any_order_and_the_missing_are_known(self):
        upload = begun(CONTENT)
        for number in (4, 2):
            assert uploads.put(upload, number, piece(CONTENT, upload, number)) is True
        assert uploads.arrived(upload) == [2, 4]
        assert refusal(lambda: uploads.complete(upload, now=NOW)) == "2 pieces are missing; the first is piece 1."
        uploads.put(upload, 1, b"id,n")
        assert refusal(lambda: uploads.complete(upload, now=NOW)) == "1 piece is missing; the first is piece 3."
        uploads.put(upload, 3, piece(CONTENT, upload, 3))
        assert uploads.complete(upload, now=NOW).sha256 == hashlib.sha256(CONTENT).hexdigest()

    def test_piece_again_changes_nothing(self):
        upload = begun(CONTENT)
        uploads.put(upload, 1, b"id,n")
        before = UploadPiece.objects.get()
        assert uploads.put(upload, 1, b"id,n") is False
        assert UploadPiece.objects.get() == before

    def test_another_content_is_refused_and_the_first_stays(self):
        upload = begun(CONTENT)
        uploads.put(upload, 1, b"id,n")
        sentence = "Piece 1 is here already with another content: begin the upload anew."
        assert refusal(lambda: uploads.put(upload, 1, b"ID,N")) == sentence
        assert bytes(UploadPiece.objects.get().content) == b"id,n"

    @pytest.mark.parametrize("number", [0, -1, 5, 2**40])
    def test_piece_that_the_file_does_not_have_is_refused(self, number):
        upload = begun(CONTENT)
        sentence = f"“contracts.csv” has 4 pieces; there is no piece {number}."
        assert refusal(lambda: uploads.put(upload, number, b"id,n")) == sentence

    @pytest.mark.parametrize(
        ("number", "content", "expected"), [(1, b"id,", 4), (1, b"id,na", 4), (4, b"oba\n", 3), (2, b"", 4)]
    )
    def test_piece_of_another_size_is_refused(self, number, content, expected):
        upload = begun(CONTENT)
        sentence = f"Piece {number} has {len(content)} bytes; it should have {expected}."
        assert refusal(lambda: uploads.put(upload, number, content)) == sentence
        assert uploads.arrived(upload) == []

    def test_piece_of_a_complete_upload_is_compared_only(self):
        upload = whole(CONTENT, piece=4)
        assert uploads.put(upload, 1, b"id,n") is False
        assert "another content" in refusal(lambda: uploads.put(upload, 1, b"ID,N"))

    def test_piece_of_a_removed_upload_is_refused(self):
        upload = begun(CONTENT)
        uploads.remove(upload)
        sentence = "“contracts.csv” was removed meanwhile: begin the upload anew."
        assert refusal(lambda: uploads.put(upload, 1, b"id,n")) == sentence
        assert refusal(lambda: uploads.complete(upload, now=NOW)) == sentence

    def test_piece_costs_the_same_whatever_is_here(self):
        upload = begun(CONTENT)
        counts = []
        for number in (1, 2, 3):
            with statements() as asked:
                uploads.put(upload, number, piece(CONTENT, upload, number))
            counts.append(len(asked))
        assert counts == [3, 3, 3]


@pytest.mark.django_db
class TestComplete:
    def test_complete_upload_has_digest_and_stays_thirty_days(self):
        upload = whole(CONTENT, piece=4)
        upload.refresh_from_db()
        assert upload.sha256 == hashlib.sha256(CONTENT).hexdigest()
        assert (upload.completed_at, upload.kept_until) == (NOW, NOW + dt.timedelta(days=30))

    def test_again_it_changes_nothing(self):
        upload = whole(CONTENT)
        later = uploads.complete(upload, now=NOW + dt.timedelta(days=1))
        assert (later.completed_at, later.kept_until) == (NOW, NOW + dt.timedelta(days=30))

    def test_expected_digest_is_compared(self):
        upload = begun(CONTENT, piece=100)
        uploads.put(upload, 1, CONTENT)
        digest = hashlib.sha256(CONTENT).hexdigest()
        sentence = f"The file that arrived has another digest: {digest}. Send it again."
        assert refusal(lambda: uploads.complete(upload, now=NOW, sha256="0" * 64)) == sentence
        upload.refresh_from_db()
        assert upload.completed_at is None
        assert uploads.complete(upload, now=NOW, sha256=digest.upper()).sha256 == digest

    def test_statements_do_not_depend_on_the_pieces(self):
        counts = []
        for size in (1, 3):
            content = b"x" * size
            upload = begun(content, piece=1)
            for number in range(1, size + 1):
                uploads.put(upload, number, b"x")
            with statements() as asked:
                uploads.complete(upload, now=NOW)
            counts.append(len(asked))
        assert counts[0] == counts[1] <= 4


class TestAnySplit(TestCase):
    """Property: whatever the content, the size of pieces, their order and repeats, the file is what was sent."""

    @settings(max_examples=25, deadline=None)
    @given(data=st.data(), content=st.binary(min_size=1, max_size=60), size=st.integers(1, 20))
    def test_file_is_what_was_sent(self, data, content, size):
        upload = begun(content, piece=size)
        numbers = list(range(1, upload.pieces_needed + 1))
        order = data.draw(st.permutations(numbers + data.draw(st.lists(st.sampled_from(numbers), max_size=3))))
        for number in order:
            uploads.put(upload, number, piece(content, upload, number))
        assert uploads.arrived(upload) == numbers
        upload = uploads.complete(upload, now=NOW)
        assert upload.sha256 == hashlib.sha256(content).hexdigest()
        with uploads.as_file(upload) as path:
            assert path.read_bytes() == content


@pytest.mark.django_db
class TestDatabase:
    """What the code never writes, the database refuses."""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"size": 0}, {"size": LARGEST + 1}, {"piece_size": 0}, {"piece_size": LARGEST_PIECE + 1}, {"name": ""},
            {"completed_at": NOW}, {"sha256": "0" * 64}, {"completed_at": NOW, "sha256": "Z" * 64},
            {"completed_at": NOW, "sha256": "0" * 63},
        ],
    )  # fmt: skip
    def test_upload_that_cannot_be(self, wrong):
        upload = begun(CONTENT)
        with pytest.raises(IntegrityError), transaction.atomic():
            Upload.objects.filter(pk=upload.pk).update(**wrong)

    @pytest.mark.parametrize("wrong", [{"number": 0}, {"content": b""}, {"content": bytes(LARGEST_PIECE + 1)}])
    def test_piece_that_cannot_be(self, wrong):
        upload = begun(CONTENT)
        with pytest.raises(IntegrityError), transaction.atomic():
            UploadPiece.objects.create(**{"upload": upload, "number": 1, "content": b"id,n"} | wrong)

    def test_largest_piece_is_taken_and_two_of_a_number_are_not(self):
        upload = begun(CONTENT)
        UploadPiece.objects.create(upload=upload, number=1, content=bytes(LARGEST_PIECE))
        with pytest.raises(IntegrityError), transaction.atomic():
            UploadPiece.objects.create(upload=upload, number=1, content=b"x")


@pytest.mark.django_db
class TestWhoSees:
    def test_an_admin_sees_all_and_others_their_own(self):
        ren, mara = user("admin"), user()
        hers, his = begun(CONTENT, by=mara), begun(CONTENT, by=ren)
        assert set(Upload.objects.visible_to(ren)) == {hers, his}
        assert set(Upload.objects.visible_to(mara)) == {hers}
        assert set(Upload.objects.changeable_by(mara)) == {hers}

    def test_who_became_a_viewer_reads_the_own_only(self):
        vera = user("viewer")
        upload = begun(CONTENT, by=vera)
        assert list(Upload.objects.visible_to(vera)) == [upload]
        assert list(Upload.objects.changeable_by(vera)) == []


def abreast(*calls: Callable[[], Any]) -> list[Any]:
    """The results of the calls, made at the same moment on connections of their own; an exception is a result."""
    start = Barrier(len(calls))

    def make(call):
        start.wait()
        try:
            return call()
        except ValidationError as problem:
            return problem.messages[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(make, calls))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_tabs_send_the_same_file_and_it_is_whole_once(self):
        upload = begun(CONTENT)
        numbers = [1, 2, 3, 4, 4, 3, 2, 1]
        sent = [lambda n=number: uploads.put(upload, n, piece(CONTENT, upload, n)) for number in numbers]
        assert sorted(abreast(*sent)) == [False] * 4 + [True] * 4
        digests = abreast(*[lambda: uploads.complete(upload, now=NOW).sha256] * 3)
        assert set(digests) == {hashlib.sha256(CONTENT).hexdigest()}

    def test_two_contents_of_one_piece_leave_one_of_them(self):
        upload = begun(CONTENT)
        results = abreast(lambda: uploads.put(upload, 1, b"id,n"), lambda: uploads.put(upload, 1, b"ID,N"))
        assert sorted(map(str, results)) == [
            "Piece 1 is here already with another content: begin the upload anew.", "True",
        ]  # fmt: skip
        assert UploadPiece.objects.count() == 1

    def test_killed_in_the_middle_leaves_whole_pieces_and_goes_on(self):
        upload = begun(CONTENT)
        uploads.put(upload, 1, piece(CONTENT, upload, 1))
        with transaction.atomic():
            uploads.put(upload, 2, piece(CONTENT, upload, 2))
            transaction.set_rollback(True)  # as of a killed process: what was not committed is not there
        assert uploads.arrived(upload) == [1]
        for number in (2, 3, 4):
            uploads.put(upload, number, piece(CONTENT, upload, number))
        assert uploads.complete(upload, now=NOW).sha256 == hashlib.sha256(CONTENT).hexdigest()

    def test_removing_during_completion_leaves_nothing_half(self):
        upload = begun(CONTENT, piece=100)
        uploads.put(upload, 1, CONTENT)
        abreast(lambda: uploads.complete(upload, now=NOW), lambda: uploads.remove(upload))
        assert (Upload.objects.count(), UploadPiece.objects.count()) == (0, 0)
