"""People who log in, from files: added without a password, changed by the rules of their page, never deactivated."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts import inviting
from accounts.models import User
from config import clock
from tests import factories as make
from tests.accounts.imports import bring, counts, listed, rejected, write

pytestmark = pytest.mark.django_db
HEAD = "email,name,role,manager\n"


def users(folder: Path, *rows: str) -> Path:
    return write(folder / "users.csv", HEAD + "".join(f"{row}\n" for row in rows))


def test_people_are_added_without_a_password_and_not_invited_yet(tmp_path: Path):
    make.organisation()
    path = users(tmp_path, "Ami@Example.org,Ami,,boss@example.org", "boss@example.org,Boss,manager,")
    report = bring(path)
    assert counts(report) == (2, 0, 0, 0)
    assert "2 people are added and not invited yet: invite them on the page of the team" in report.notes
    ami = User.objects.get(email="ami@example.org")
    assert (ami.role, ami.manager and ami.manager.name, ami.has_usable_password()) == ("csm", "Boss", False)
    assert inviting.presence(ami, clock.now()) == inviting.Presence.UNINVITED
    assert {ami.is_staff, ami.is_superuser} == {False}
    assert counts(bring(path)) == (0, 0, 2, 0)


def test_a_person_changes_by_the_rules_of_the_page(tmp_path: Path):
    make.organisation()
    admin = make.user(role="admin", email="admin@example.org", name="Ada")
    owner = make.user(email="owner@example.org", name="Owen")
    make.customer(owner=owner)
    assert counts(bring(users(tmp_path, f"owner@example.org,Owen Oak,csm,{admin.email}"))) == (0, 1, 0, 0)
    owner.refresh_from_db()
    assert (owner.name, owner.manager) == ("Owen Oak", admin)
    path = users(tmp_path, "owner@example.org,Owen,viewer,", "admin@example.org,Ada,csm,")
    assert counts(bring(path)) == (0, 0, 0, 2)
    assert rejected(path) == [
        ("2", "role", "role A viewer has no customers: say who takes over the 1 customer."),
        ("3", "role", "role The last admin stays."),
    ]
    owner.refresh_from_db()
    assert (owner.name, owner.role) == ("Owen Oak", "csm")


def test_nobody_comes_back_reports_in_a_circle_or_to_nobody(tmp_path: Path):
    make.organisation()
    make.user(email="gone@example.org", is_active=False)
    path = users(
        tmp_path,
        "gone@example.org,Gone,csm,",
        "a@example.org,A,manager,b@example.org",
        "b@example.org,B,manager,a@example.org",
        "c@example.org,C,csm,who@example.org",
        "d@example.org,D,csm,d@example.org",
        "e@example.org,E,boss,",
        "f@example.org,F,manager,f@example.org",
    )
    assert counts(bring(path)) == (5, 0, 0, 2)
    assert [(line, reason) for line, _column, reason in rejected(path)] == [
        ("2", "email “gone@example.org” was deactivated: let them in again first"),
        ("7", "role “boss” is none of: CSM, Manager, Admin, Viewer"),
    ]
    assert [(line, reason) for line, _column, _cell, reason in listed(path)] == [
        ("4", "Nobody can report to themselves, at any step."),
        ("5", "“who@example.org” is no active manager or admin"),
        ("6", "“d@example.org” is no active manager or admin"),
        ("8", "Nobody can report to themselves, at any step."),
    ]
    managers = User.objects.filter(email__in=["a@example.org", "b@example.org", "c@example.org", "d@example.org"])
    assert dict(managers.values_list("name", "manager__name")) == {"A": "B", "B": None, "C": None, "D": None}


def test_a_program_is_changed_by_no_file_and_manages_nobody(tmp_path: Path):
    make.organisation()
    program = make.user(role="viewer", email="sync@service.invalid", is_service=True)
    boss = make.user(role="admin", email="bot@service.invalid", is_service=True)
    path = users(tmp_path, f"{program.email},Sync,admin,", f"a@example.org,A,csm,{boss.email}")
    assert counts(bring(path)) == (1, 0, 0, 1)
    assert rejected(path) == [("2", "email", "email “sync@service.invalid” is a program")]
    program.refresh_from_db()
    assert (program.role, User.objects.get(email="a@example.org").manager) == ("viewer", None)


def test_managers_are_those_of_the_roles_after_the_file(tmp_path: Path):
    make.organisation()
    admin = make.user(role="admin", email="admin@example.org")
    leaver = make.user(role="manager", email="leaver@example.org", name="Lee")
    make.user(email="heir@example.org", name="Hei")
    make.user(email="report@example.org", name="Rea", manager=leaver)
    path = users(
        tmp_path,
        "leaver@example.org,Lee,csm,admin@example.org",
        "report@example.org,Rea,csm,heir@example.org",
        "heir@example.org,Hei,manager,",
        "late@example.org,Lat,csm,leaver@example.org",
    )
    assert counts(bring(path)) == (1, 3, 0, 0)
    found = dict(
        User.objects.filter(email__in=["leaver@example.org", "report@example.org", "late@example.org"]).values_list(
            "name", "manager__name"
        )
    )
    assert found == {"Lee": admin.name, "Rea": "Hei", "Lat": None}
    assert User.objects.get(email="leaver@example.org").role == "csm"
    assert [(line, cell) for line, _column, cell, _reason in listed(path)] == [("5", "leaver@example.org")]


def test_whoever_is_not_made_a_manager_gets_no_reports(tmp_path: Path):
    make.organisation()
    make.user(role="admin", email="admin@example.org", name="Ada")
    path = users(tmp_path, "c@example.org,C,csm,admin@example.org", "admin@example.org,Ada,csm,")
    assert counts(bring(path)) == (1, 0, 0, 1)
    assert listed(path) == [("2", "manager", "admin@example.org", "“admin@example.org” is no active manager or admin")]


@pytest.mark.parametrize("turned", [False, True])
def test_managers_stop_managing_in_any_order(tmp_path: Path, *, turned: bool):
    """The lower one leaves the upper one first; one whose report stays holds up those above, too."""
    make.organisation()
    make.user(role="manager", email="m3@example.org", name="M3")
    upper = make.user(role="manager", email="m1@example.org", name="M1")
    make.user(role="manager", email="m2@example.org", name="M2", manager=upper)
    kept = make.user(role="manager", email="k1@example.org", name="K1")
    below = make.user(role="manager", email="k2@example.org", name="K2", manager=kept)
    make.user(email="stays@example.org", manager=below)
    rows = [f"{name.lower()}@example.org,{name},csm,m3@example.org" for name in ("M1", "M2", "K1", "K2")]
    path = users(tmp_path, *(rows[::-1] if turned else rows))
    assert counts(bring(path)) == (0, 2, 0, 2)
    found = User.objects.exclude(email="stays@example.org").order_by("name")
    assert list(found.values_list("name", "role", "manager__name")) == [
        ("K1", "manager", None), ("K2", "manager", "K1"), ("M1", "csm", "M3"), ("M2", "csm", "M3"), ("M3", "manager", None),
    ]  # fmt: skip
    assert len(rejected(path)) == 2
    assert counts(bring(path)) == (0, 0, 2, 2)
