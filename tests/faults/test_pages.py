"""Pages while Redis hangs: the same answers, as fast."""

from __future__ import annotations

import http.client
import json
import re
import signal
import statistics
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest

from accounts.models import User
from config.outbox.models import Outbox
from tests.faults.conftest import PATIENCE, Broker, Group, free_port, wait

pytestmark = pytest.mark.timeout(3 * PATIENCE)

LOADS = 20
ROUNDS = 4
SLOWER_AT_MOST = 1.5
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Browser:
    """Just enough of one: cookies, GET, POST."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def load(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST" if form else "GET", path, urlencode(form or {}), headers)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def up(self) -> bool:
        try:
            return self.load("/healthz")[0] == 200
        except OSError:
            return False

    def seconds(self, path: str) -> list[float]:
        """How long each of ``LOADS`` loads took, each of which must be answered with 200."""
        spent = []
        for _ in range(LOADS):
            begun = time.perf_counter()
            assert self.load(path)[0] == 200
            spent.append(time.perf_counter() - begun)
        return spent

    def ask_for_a_password(self, email: str) -> int:
        token = TOKEN.search(self.load("/sign-in/password/reset/")[1])
        assert token
        form = {"email": email, "csrfmiddlewaretoken": token[1]}
        return self.load("/sign-in/password/reset/", form)[0]


def test_pages_are_as_fast_while_redis_hangs(group: Group, broker: Broker):
    User.objects.create_user("csm@example.com", "old words", name="Aki")
    port = free_port()
    bind = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "2"]
    group.start([sys.executable, "-m", "gunicorn", "config.wsgi", *bind], TSUNAGU_PROCESS="test")
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
    """What /readyz says of Redis; where it is not ready, the reason it gives."""
    status, text = browser.load("/readyz")
    found = json.loads(text)
    return found["redis"] if status == 200 else found["reason"]
