"""Pages while Redis hangs: the same answers, as fast."""

from __future__ import annotations

import json
import signal
import statistics
import time

import pytest

from accounts.models import User
from config.outbox.models import Outbox
from config.run import members
from tests.faults.browser import Browser
from tests.faults.conftest import PATIENCE, Broker, Group, free_port, wait

pytestmark = pytest.mark.timeout(3 * PATIENCE)

ROUNDS = 4
SLOWER_AT_MOST = 1.5


def test_pages_are_as_fast_while_redis_hangs(group: Group, broker: Broker):
    User.objects.create_user("csm@example.com", "old words", name="Aki")
    port = free_port()
    group.start(members.web(members.Place(port), members.Sizes(web=1, threads=2, worker=1)), TSUNAGU_PROCESS="test")
    group.relay()
    browser = Browser(port)
    wait(browser.up, "the web server")
    browser.seconds("/sign-in/login/")
    answering: list[float] = []
    hanging: list[float] = []
    try:
        for _ in range(ROUNDS):  # in turn, so that a busy machine slows both alike
            broker.process.send_signal(signal.SIGCONT)
            answering += browser.seconds("/sign-in/login/")
            broker.process.send_signal(signal.SIGSTOP)
            hanging += browser.seconds("/sign-in/login/")
        ratio = statistics.median(hanging) / statistics.median(answering)
        assert ratio < SLOWER_AT_MOST
        wait(lambda: redis_said(browser) == "degraded", "the relay to notice")
        begun = time.perf_counter()
        assert browser.ask_for_a_password("csm@example.com") == 302
        assert time.perf_counter() - begun < max(1, 10 * statistics.median(hanging))
        assert Outbox.objects.get(kind="mail").state == "pending"
    finally:
        broker.process.send_signal(signal.SIGCONT)
    group.worker()
    wait(lambda: Outbox.objects.filter(kind="mail", state="done").exists(), "the mail")
    wait(lambda: redis_said(browser) == "ok", "the relay to say so")


def redis_said(browser: Browser) -> object:
    """What /readyz says of Redis; where it cannot, the reason it gives."""
    found = json.loads(browser.load("/readyz")[1])
    return found.get("redis", found.get("reasons"))
