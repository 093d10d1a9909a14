"""What is asked in a dialog says of whom."""

from __future__ import annotations

from tests.access import site
from tests.access.policy import POLICY

# They make something new, narrow a list or configure: there is no customer.
OF_NOBODY = {
    "accounts:customer_new", "accounts:field_order", "accounts:list_filter", "accounts:source_silence", "accounts:source_silent", "accounts:view_new", "health:case_rule_new", "playbooks:playbook_new",
}  # fmt: skip


def test_every_dialog_names_its_customer(world):
    client, asked = site.browser(world, "admin"), {}
    for name, route in POLICY.items():
        if name.startswith("api") or 405 in {route.expected("GET", "admin"), route.expected("POST", "admin")}:
            continue
        answer = site.send(client, "GET", name, world, headers={"HX-Request": "true"})
        page = b"" if answer.streaming else answer.content
        if page.lstrip().startswith(b"<form") and b'hx-target="#ask"' in page:
            asked[name] = page.decode()
    assert len(asked) > 15
    assert {name for name, page in asked.items() if world.book.customer.name not in page} == OF_NOBODY
