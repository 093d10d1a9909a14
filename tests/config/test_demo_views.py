"""The saved views of the demo can all be read, and each of its people has some."""

import pytest

from accounts import lists
from accounts.lists import saved
from accounts.lists.asked import of_view
from accounts.models import SavedView, User
from config.demo import people, views
from tests.factories import DAY

pytestmark = pytest.mark.django_db


def test_each_view_says_what_was_meant_and_is_shared_as_declared():
    people.organisation(DAY)
    assert views.save(people.sign_up(), DAY) == len(views.VIEWS) == SavedView.objects.count()
    for view in SavedView.objects.select_related("owner"):
        asked = of_view(lists.find(view.kind), view.owner, DAY, view)
        (address,) = [declared for *_, name, declared in views.VIEWS if name == view.name]
        assert (view.name, asked.problems, len(asked.members)) == (view.name, (), address.count("if="))
        assert list(asked.rows()) == []
    shown = {
        user.email: {view.name for view in saved.views_of(user)}
        for user in User.objects.filter(email__in=people.SIGN_INS)
    }
    assert shown["viewer@demo.example"] == {"Renewing, at risk", "Ready to expand", "Severe cases"}
    assert shown["csm@demo.example"] - shown["viewer@demo.example"] == {
        "Live, by segment",
        "Late this week",
        "Quiet for 30 days",
    }
    assert "更新が近い顧客" in shown["csm.ja@demo.example"]
