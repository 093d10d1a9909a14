"""Every list of the API is narrowed and ordered by the plain fields of its rows, for a company with everything in it."""

from __future__ import annotations

from config.web.api import narrowing
from config.web.api.bodies import Since
from config.web.api.routes import api_router
from tests.access import site
from tests.config.test_stamps import age
from tests.problems import told

ROOT = "/api/v1/"
# What is counted for the caller, and catalogues: few rows, all in one answer.
WHOLE = {"loads", "measures", "sources", "record"}


def lists():
    for prefix, viewset, _name in api_router().registry:
        plains = narrowing.of_serializer(
            getattr(viewset, "serializer_class", type(None)), settled=not issubclass(viewset.parameters, Since)
        )
        own = {*viewset.parameters().fields, *viewset.also}
        yield prefix, viewset, {name: plain for name, plain in plains.items() if name not in own}


def test_every_list_but_those_told_whole_has_filters():
    assert {prefix for prefix, _viewset, plains in lists() if not plains} == WHOLE
    unordered = {prefix for prefix, _viewset, plains in lists() if not any(plain.is_order for plain in plains.values())}
    assert unordered == WHOLE | {"bulk-rows"}  # which are read by their act


def test_each_field_finds_its_rows_and_orders_them(world):
    for prefix, viewset, plains in lists():
        model = getattr(getattr(viewset.serializer_class, "Meta", None), "model", None) if plains else None
        if model is None:
            continue
        rows = model._default_manager.order_by("pk")
        for name, (plain, way, _form) in narrowing.conditions(plains).items():
            values = [value for value in rows.values_list(plain.path, flat=True) if value is not None]
            if not values:
                continue
            wanted = max(values) if way else values[-1]
            fits = {"": wanted.__eq__, "__gte": wanted.__le__, "__lt": wanted.__gt__}[way]
            found = narrowing.narrowed(rows, plains, {name: wanted}).values_list(plain.path, flat=True)
            assert list(found) == [value for value in values if fits(value)], (prefix, name)
        for name, plain in plains.items():
            if plain.is_order:
                there = list(narrowing.ordered(rows, plains, name))
                assert there == sorted(there, key=lambda row: getattr(row, plain.path) is None), (prefix, name)
                assert list(narrowing.ordered(rows, plains, f"-{name}")) == there[::-1], (prefix, name)


def test_a_row_is_found_by_all_that_its_list_shows_of_it(world):
    client, tried = site.browser(world, "admin"), 0
    for prefix, _viewset, plains in lists():
        rows = client.get(f"{ROOT}{prefix}/?page_size=1000").json()["results"] if plains else []
        if not rows:
            continue
        tried += 1
        row = rows[-1]
        given = {name: row[name] for name in plains if row.get(name) not in (None, "")}
        answer = client.get(f"{ROOT}{prefix}/", given)
        assert answer.status_code == 200, (prefix, given, answer.content)
        assert answer.json()["results"] == [
            other for other in rows if all(other[name] == value for name, value in given.items())
        ], prefix
    assert tried >= 18


def test_what_there_is_instead_of_an_unknown_parameter_is_named(world):
    client = site.browser(world, "admin")
    for address, there in (("contacts/", "email"), ("record/invoices/?source=crm&", "amount_before"), ("cases/1/", "")):
        said = told(client.get(f"{ROOT}{address}{'' if '?' in address else '?'}colour=red"))["colour"][0]
        assert said.startswith("There is nothing of this name.")
        assert there in said
    for wrong in (
        "contracts/?ordering=ended_on",
        "usage/?uses=many",
        "usage/?uses_from=1e400",
        "scores/?day_before=1.1.2026",
    ):
        assert client.get(f"{ROOT}{wrong}").status_code == 400, wrong


def test_what_changes_during_a_walk_is_told_by_its_until(world):
    """From the newest change on, a row that changes meanwhile is left behind: the next load since ``until`` has it."""
    client = site.browser(world, "admin")
    age()
    first = client.get(f"{ROOT}customers/?ordering=-updated_at&page_size=1&status=any").json()
    seen, body = [row["id"] for row in first["results"]], client.get(first["next"]).json()
    last = client.get(f"{ROOT}customers/?ordering=updated_at&page_size=1&status=any").json()["results"][0]["id"]
    world.book.customer.__class__.objects.filter(pk=last).update(industry="Mining")
    while True:
        seen += [row["id"] for row in body["results"]]
        if body["next"] is None:
            break
        body = client.get(body["next"]).json()
    assert last not in seen
    assert len(set(seen)) == len(seen)
    again = client.get(f"{ROOT}customers/", {"status": "any", "updated_since": first["until"]}).json()["results"]
    assert [row["id"] for row in again] == [last]
