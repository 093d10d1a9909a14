"""Whatever bytes come, every row is accounted for and nothing breaks."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.imports.rows import Unreadable
from accounts.models import Customer, ExternalKey
from tests.accounts.imports import bring, counts, write
from tests.examples import dear
from tests.factories import customer

pytestmark = pytest.mark.django_db
HEAD = {
    "customers": b"external_id,name,country,employees,owner,tags\n",
    "contracts": b"external_id,customer,starts_on,ends_on,ended_on,product,annual_amount,seats\n",
    "usage": b"external_id,customer,day,feature,users,uses\n",
    "tickets": b"external_id,customer,severity,opened_at,solved_at,csat\n",
    "surveys": b"external_id,customer,kind,answer,answered_on\n",
    "contacts": b"external_id,customer,name,email,roles,state_on\n",
}
CELL = st.one_of(
    st.sampled_from(
        [
            *["A1", "1", "-1", "2026-01-01", "2026-01-01 10:00", "9999-12-31", "0000-00-00", "high", "nps", "5"],
            *["1,000", "JP", '"', "'", "=1+1", "NaN", "1e999", "\\N", "\\.", "{a,b}", "", " ", "\t", "x" * 300],
        ]
    ),
    st.text(max_size=12),
)
LINE = st.lists(CELL, min_size=1, max_size=9).map(lambda cells: ",".join(cells).encode("utf-8", "surrogatepass"))
BODY = st.one_of(st.lists(LINE, max_size=8).map(b"\n".join), st.binary(max_size=200))
QUICK = settings(
    max_examples=dear(50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@QUICK
@given(kind=st.sampled_from(sorted(HEAD)), body=BODY)
@example(kind="customers", body=b"A1,\\N,,,,\nA1,\\.,,,,")
@example(kind="contracts", body=b'A1,A1,2026-01-01,,,"x,1,1')
def test_rows_in_are_rows_accounted_for(kind: str, body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        ExternalKey.objects.create(customer=customer(), source="csv", external_id="A1")
        path = write(Path(folder) / f"{kind}.csv", HEAD[kind] + body)
        try:
            first, again = bring(path), bring(path)
        except Unreadable as refused:
            lines = str(refused).splitlines()
            first = again = None
        else:
            lines = []
        if first and again:
            assert min(counts(first)) >= 0
            assert sum(counts(first)) == first.rows == again.rows
            assert (again.new, again.changed, again.rejected) == (0, 0, first.rejected)
        transaction.set_rollback(True)
    assert len(lines) == (0 if first else 1)
    assert not Customer.objects.exists()


@QUICK
@given(content=st.binary(max_size=300))
def test_any_bytes_at_all_are_a_report_or_a_sentence(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            report = bring(write(Path(folder) / "customers.csv", content))
        except Unreadable as refused:
            lines = str(refused).splitlines()
        else:
            lines = [report.file] if sum(counts(report)) == report.rows else []
    assert len(lines) == 1
