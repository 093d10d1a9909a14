"""The script of docs/api.md, as a stranger runs it: a program of its own against a server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

import pytest
from django.conf import settings

from accounts import tokens
from accounts.models import Contract, Customer, User
from config import changed, clock
from health.models import UsageRecord
from health.publishing import shipped
from tests.factories import DAY, organisation, segment, user

GUIDE = settings.BASE_DIR / "docs" / "api.md"
SECONDS = 60


def begin(script: str, url: str, admin: User, scope: str) -> subprocess.Popen[str]:
    """The script, started with a token of that scope."""
    _token, secret = tokens.issue(admin, scope, [scope], days=1, by=admin, now=clock.now())
    own = {"TSUNAGU_URL": url, "TSUNAGU_TOKEN": secret, "TODAY": DAY.isoformat()}
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", script], env=os.environ | own, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.django_db(transaction=True)
def test_the_script_of_the_guide_brings_a_customer_and_reads_its_score(live_server):
    organisation()
    segment()
    shipped.install(DAY)
    admin = user("admin")
    (script,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len([line for line in script.splitlines() if line.strip()]) <= 20
    reading = begin(script, live_server.url, admin, "*:read")
    assert reading.communicate(timeout=SECONDS) == ("", "This token lacks the scope customers:write.\n")
    program = begin(script, live_server.url, admin, "*:write")
    ends_at = time.monotonic() + SECONDS
    while program.poll() is None and time.monotonic() < ends_at:
        changed.sweep()  # as the worker does every few seconds
        time.sleep(0.2)
    program.kill()
    told, trouble = program.communicate()
    assert program.returncode == 0, trouble
    assert re.fullmatch(r"customers 1\ncontracts 1\nusage 30\nscore \d+\.\d+ renewal 2027-01-08\n", told), told
    assert (Customer.objects.get().name, Contract.objects.count(), UsageRecord.objects.count()) == ("Acme", 1, 30)
