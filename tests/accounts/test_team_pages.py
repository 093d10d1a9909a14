"""A team's pages: who carries what, and handing over with a preview, a split and the way back."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import Customer, Handover
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    organisation()


@pytest.fixture
def team():
    boss = user("manager", name="Lena")
    return boss, user(name="Mara", manager=boss), user(name="Nils", manager=boss), user(name="Olga", manager=boss)


def hidden(page: str, name: str) -> str:
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[-1]


def posted(page: str, **more: object) -> dict[str, object]:
    return (
        {name: hidden(page, name) for name in ("owner", "filters", "split", "key", "seen")}
        | {"heirs": re.findall(r'<input type="hidden" name="heirs" value="(\d+)"', page)}
        | more
    )


def owners() -> dict[str, str]:
    return dict(Customer.objects.values_list("name", "owner__name"))


def test_preview_hand_over_second_press_and_undo(client, team):
    boss, mara, nils, olga = team
    for name, arr in (("A", 50_000), ("B", 30_000), ("C", 30_000)):
        customer(name=name, owner=mara, arr=arr, next_renewal_on=DAY)
    client.force_login(boss)
    url = reverse("accounts:hand_over")
    page = client.get(url, {"owner": mara.pk, "heirs": [nils.pk, olga.pk], "split": "arr"}).content.decode()
    assert "3 customers move" in page
    assert "churned" not in page
    assert "$110k → $0" in page
    assert owners() == {"A": "Mara", "B": "Mara", "C": "Mara"}
    body = posted(page)
    assert client.post(url, body).status_code == 302
    after = {"A": "Nils", "B": "Olga", "C": "Olga"}
    assert owners() == after
    customer(name="D", owner=mara)
    assert client.post(url, body).status_code in {302, 409}
    assert owners() == after | {"D": "Mara"}, "what the preview did not show is not handed over"
    handover = Handover.objects.get()
    client.post(reverse("accounts:handover_undo", args=[handover.pk]))
    assert owners() == {"A": "Mara", "B": "Mara", "C": "Mara", "D": "Mara"}
    assert "Taken back" in client.get(reverse("accounts:team")).content.decode()


def test_customers_are_the_current_ones_as_in_the_portfolio_and_the_others_said_apart(client, team):
    boss, mara, nils, _olga = team
    for status, arr in (("live", 50_000), ("notice", 30_000), ("churned", 0), ("churned", 0), ("prospect", 0)):
        customer(name=status, owner=mara, arr=arr, status=status)
    client.force_login(boss)
    page = plain(client.get(reverse("accounts:team")))
    assert "2 and 2 churned and 1 prospect" in page
    assert "$80k" in page
    url = reverse("accounts:hand_over")
    shown = client.get(url, {"owner": mara.pk, "heirs": [nils.pk], "split": "count"})
    assert "2 customers move and 2 churned and 1 prospect" in plain(shown)
    assert "2 → 0 churned: 2 → 0 prospects: 1 → 0" in plain(shown)
    done = client.post(url, posted(shown.content.decode()), follow=True)
    assert "2 customers handed over. And 3 churned or prospects." in done.content.decode()
    assert "5 Mara → Nils" in plain(done)
    back = client.post(reverse("accounts:handover_undo", args=[Handover.objects.get().pk]), follow=True)
    assert "2 customers went back. And 3 churned or prospects." in plain(back)


def plain(answer) -> str:
    """The words of a page, tags and breaks left out."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_press_for_another_plan_is_another_handover(client, team):
    boss, mara, nils, olga = team
    customer(name="A", owner=mara, arr=1)
    client.force_login(boss)
    url = reverse("accounts:hand_over")
    asked = {"filters": "sort=name", "heirs": [nils.pk], "split": "count"}
    page = client.get(url, asked).content.decode()
    body = asked | {name: hidden(page, name) for name in ("key", "seen")}
    assert "1 customer handed over" in client.post(url, body, follow=True).content.decode()
    assert "This was done already" in client.post(url, body, follow=True).content.decode()
    other = body | {"heirs": [olga.pk]}
    answer = client.post(url, other)
    assert answer.status_code == 409, "the customer is no longer whose the preview said"
    assert owners() == {"A": "Nils"}
    again = other | {name: hidden(answer.content.decode(), name) for name in ("key", "seen")}
    assert client.post(url, again).status_code == 302
    assert owners() == {"A": "Olga"}
    assert Handover.objects.count() == 2


def test_customer_by_customer_some_stay(client, team):
    boss, mara, nils, olga = team
    made = {name: customer(name=name, owner=mara, arr=arr) for name, arr in (("A", 3), ("B", 2), ("C", 1))}
    client.force_login(boss)
    url = reverse("accounts:hand_over")
    page = client.get(url, {"owner": mara.pk, "heirs": [nils.pk, olga.pk], "split": "hand"}).content.decode()
    said = {f"to-{made['A'].pk}": olga.pk, f"to-{made['B'].pk}": "stays", f"to-{made['C'].pk}": nils.pk}
    again = client.post(url, posted(page, look="again", **said))
    assert again.status_code == 200
    assert "2 customers move" in again.content.decode()
    wrong = client.post(url, posted(page, **said | {f"to-{made['A'].pk}": boss.pk}))
    assert wrong.status_code == 422
    assert client.post(url, posted(page, **said)).status_code == 302
    assert owners() == {"A": "Olga", "B": "Mara", "C": "Nils"}


def test_the_list_one_came_from_can_be_handed_over(client, team):
    boss, mara, nils, _olga = team
    customer(name="Japan", owner=mara, industry="x", arr=90_000)
    customer(name="Small", owner=mara)
    customer(name="Foreign", owner=user(), arr=90_000)
    client.force_login(boss)
    url = reverse("accounts:hand_over")
    asked = {"filters": "arr_min=50000", "heirs": [nils.pk], "split": "count"}
    page = client.get(url, asked).content.decode()
    assert "1 customer moves" in page
    client.post(url, {**asked, "seen": hidden(page, "seen")})
    assert owners() == {"Japan": "Nils", "Small": "Mara", "Foreign": Customer.objects.get(name="Foreign").owner.name}
    assert client.get(url, asked | {"filters": "arr_min=much"}).status_code == 422


def test_a_manager_hands_over_within_the_team_only(client, team):
    boss, mara, nils, _olga = team
    stranger = user(name="Stranger")
    customer(name="Foreign", owner=stranger)
    customer(name="Own", owner=mara)
    client.force_login(boss)
    url = reverse("accounts:hand_over")
    for owner, heir in ((stranger, nils), (mara, stranger), (mara, mara)):
        assert client.get(url, {"owner": owner.pk, "heirs": [heir.pk], "split": "count"}).status_code == 422
    assert client.get(url, {"heirs": [nils.pk], "split": "count"}).status_code == 422
    assert client.get(url, {"owner": mara.pk, "split": "count"}).status_code == 422  # no box was ticked
    assert client.get(url, {"split": "count"}).status_code == 200  # a link that chooses the split
    asked = client.get(url, {"owner": mara.pk}).content.decode()
    heirs = re.findall(r'<input type="checkbox" name="heirs" value="(\d+)"', asked)
    assert set(heirs) >= {str(nils.pk)}
    assert str(mara.pk) not in heirs, "nobody hands over to themselves"


@pytest.mark.parametrize("rows", [1, 3])
def test_team_page_asks_the_same_however_many_people(client, rows):
    boss = user("manager")
    for _ in range(rows):
        customer(owner=user(manager=boss), arr=5)
        Handover.objects.create(door="page", day=DAY, by=boss)
    client.force_login(boss)
    client.get(reverse("accounts:team"))
    with statements() as asked:
        page = client.get(reverse("accounts:team")).content.decode()
    assert page.count("Hand over</a>") == rows
    assert len(asked) <= 48


def test_portfolio_hands_over_the_list_it_shows(client, team):
    boss, mara, nils, _olga = team
    customer(name="Due", owner=mara, next_renewal_on=DAY)
    customer(name="Later", owner=mara, next_renewal_on=None)
    client.force_login(boss)
    page = client.get("/customers/?renews_within=1&sort=name").content.decode()
    (link,) = re.findall(r'id="hand-over" href="([^"]*)"|href="([^"]*)" id="hand-over"', page)
    address = "".join(link).replace("&amp;", "&")
    asked = client.get(f"{address}&heirs={nils.pk}&split=count").content.decode()
    assert "1 customer moves" in asked
    assert "Due" in asked
    unread = client.get(address.replace("filters=", "filters=if%3Dgone~is~1%26") + f"&heirs={nils.pk}&split=count")
    assert unread.status_code == 422
    past = client.get(address.replace("filters=", "filters=as_of%3D2026-01-01%26") + f"&heirs={nils.pk}&split=count")
    assert past.status_code == 422
    client.force_login(mara)
    assert 'id="hand-over"' not in client.get("/customers/").content.decode()
