"""A program that says which version it saw overwrites nobody."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.access import site
from tests.access.policy import API

ACTS = {
    "case-plan": ("case", {"type": "value", "plan": "Write Bo"}),
    "case-snooze": ("case", {"until": "2026-12-20", "reason": "On leave"}),
    "task-snooze": ("task", {"until": "2026-12-20", "reason": "On leave"}),
    "renewal-call": ("renewal", {"likelihood": "0.3", "category": "", "note": "Write Bo"}),
    "api-contract-notice": ("api-contract", {"on": "2026-11-20"}),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_on_a_version_that_is_gone_writes_nothing(world, name):
    of, body = ACTS[name]
    client = site.browser(world, "owner")
    url, page = site.address(name, world), reverse(f"{of}-detail", args=API[name].args(world))
    seen = client.get(page).headers["ETag"]
    post = {"content_type": "application/json"}
    first = site.send(client, "POST", name, world, headers={"If-Match": seen})
    assert first.status_code == 200, first.content
    assert first.headers["ETag"] == client.get(page).headers["ETag"] != seen
    refused = client.post(url, body, headers={"If-Match": seen}, **post)
    assert (refused.status_code, refused.json()["sent"]) == (412, body)
    assert refused.json()["now"] == client.get(page).json()
    if name != "api-contract-notice":  # given once
        assert client.post(url, body, headers={"If-Match": f'"x", {first.headers["ETag"]}'}, **post).status_code == 200
