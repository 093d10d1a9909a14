"""Just enough of a browser for a web server of the product."""

from __future__ import annotations

import http.client
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

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

    def seconds(self, path: str, *, loads: int = 20) -> list[float]:
        """How long each of so many loads took, each of which must be answered with 200."""
        spent = []
        for _ in range(loads):
            begun = time.perf_counter()
            assert self.load(path)[0] == 200
            spent.append(time.perf_counter() - begun)
        return spent

    def ask_for_a_password(self, email: str) -> int:
        token = TOKEN.search(self.load("/sign-in/password/reset/")[1])
        assert token
        form = {"email": email, "csrfmiddlewaretoken": token[1]}
        return self.load("/sign-in/password/reset/", form)[0]
