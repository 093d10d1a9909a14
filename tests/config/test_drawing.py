"""The guard that every test with a page runs under: it lets a loop ask, and nothing else."""

from __future__ import annotations

import pytest
from django.template import Context, engines

from accounts.models import Customer
from tests.drawing import AskedWhileDrawingError
from tests.factories import contact, customer, organisation, user

pytestmark = pytest.mark.django_db
LAZY = {
    "a look-up of a related row": "{% for one in rows %}{{ one.owner.name }}{% endfor %}",
    "a count": "{{ rows.count }}",
    "a filter": "{% load ui %}{% for one in rows %}{{ one.contacts.all|at:0 }}{% endfor %}",
    "a tag": "{% load ui %}{% for one in rows %}{% person one.owner.name one.owner_id %}{% endfor %}",
}
FINE = {
    "a loop": "{% for one in rows %}{{ one.name }}{% endfor %}",
    "a related row that came along": "{% for one in joined %}{{ one.owner.name }}{% endfor %}",
    "the day of the frame": "{% load ui %}{{ day|day }}",
}


def draw(text: str) -> str:
    owned = customer(owner=user(name="Mara"))
    contact(owned)
    rows = Customer.objects.all()
    context = {"rows": rows, "joined": rows.select_related("owner"), "day": organisation().frozen_today}
    return str(engines["django"].engine.from_string(text).render(Context(context)))  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", LAZY.values(), ids=list(LAZY))
def test_what_asks_for_every_row_fails(text: str) -> None:
    with pytest.raises(AskedWhileDrawingError):
        draw(text)


@pytest.mark.parametrize("text", FINE.values(), ids=list(FINE))
def test_what_asks_once_passes(text: str) -> None:
    assert draw(text) is not None
