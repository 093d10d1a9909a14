"""Pages that hold one of each thing the scripts act on: the frame is tried apart from any app."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import engines
from django.urls import include, path

from config.ui.language import choose_language
from config.web.toast import toast

PAGE = """{% extends "base.html" %}{% load i18n ui %}
{% block title %}Try{% endblock %}
{% block bar %}<h1>Try</h1><button type="button" class="button" id="new" data-key="n" aria-expanded="false">New</button>
<a class="button" id="snooze" data-key="s" href="/ask/" hx-get="/ask/" hx-target="#ask" hx-swap="innerHTML">Snooze</a>{% endblock %}
{% block main %}
<section class="panel"><h2>Rows</h2><ul data-rows>
  {% for name in "abc" %}<li data-row id="row-{{ name }}"><input class="check" type="checkbox" data-select name="ids" data-key="x shift+x"
    aria-label="Select {{ name }}"><a data-open href="/open/{{ name }}/">Open {{ name }}</a>
    <form method="post" action="/done/" hx-post="/done/" hx-trigger="change" hx-target="closest [data-row]"
      hx-swap="outerHTML" data-optimistic><input class="check round" type="checkbox" data-key="e" aria-label="Done {{ name }}">
    </form></li>{% endfor %}</ul></section>
<div class="bulk" role="toolbar" aria-label="Selected" data-bulk data-some="{n}" data-every="all"><b data-bulk-count></b>
  <input type="checkbox" data-bulk-all hidden aria-label="All"></div>
<p data-cell id="cell"><button class="edit" type="button" data-edit hx-get="/edit/" hx-target="closest [data-cell]"
  hx-swap="innerHTML">70</button></p>
{% panel_slot "/broken/" lines=2 title="Broken" key="broken" %}
<div class="board" data-board id="board">{% for stage in "xyz" %}<section data-column data-stage="{{ stage }}">
  <h2>{{ stage }}</h2><div data-cards>{% if stage == "x" %}<article class="card" data-row data-move="/move/" draggable="true"
  id="card"><a data-open href="/open/card/">Card</a></article>{% endif %}</div></section>{% endfor %}</div>
{% endblock %}"""

EDIT = """<form data-edit-form method="post" action="/edit/" hx-post="/edit/" hx-target="closest [data-cell]"
hx-swap="innerHTML"><input class="edit" name="share" value="70" aria-label="Share"></form>"""
CELL = """<button class="edit" type="button" data-edit hx-get="/edit/" hx-target="closest [data-cell]"
hx-swap="innerHTML">{}</button>"""


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


def done(request: HttpRequest) -> HttpResponse:
    return toast(request, HttpResponse('<li data-row class="done" id="gone">gone</li>'), "“b” is done.", "/undo/")


def undo(request: HttpRequest) -> HttpResponse:
    return toast(request, HttpResponse(status=204), "Taken back.")


def edit(request: HttpRequest) -> HttpResponse:
    return HttpResponse(CELL.format(request.POST["share"]) if request.method == "POST" else EDIT)


def ask(request: HttpRequest) -> HttpResponse:
    return HttpResponse('<form method="dialog"><label for="why">Why</label><input class="input" id="why"></form>')


def move(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f'<p id="board">moved to {request.POST["stage"]}</p>')


def broken(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=500)


def search(request: HttpRequest) -> HttpResponse:
    if not request.GET["q"]:  # what is offered before anything is typed
        return render(request, "components/command_places.html")
    one = '<li role="presentation"><a href="/open/{0}/" role="option" aria-selected="false">{0}</a></li>'
    return HttpResponse("".join(one.format(name) for name in ("Granite", "Grantham")))


def opened(request: HttpRequest, name: str) -> HttpResponse:
    source = '{% extends "gate.html" %}{% block gate %}<h1>{{ name }}</h1>{% endblock %}'
    return HttpResponse(engines["django"].from_string(source).render({"name": name}, request))


VIEWS = {"": page, "done/": done, "undo/": undo, "edit/": edit, "ask/": ask, "move/": move, "broken/": broken}
accounts = [path("search/", login_not_required(search), name="search")]
accounts.append(path("portfolio/", login_not_required(page), name="portfolio"))
urlpatterns = [path(address, login_not_required(view)) for address, view in VIEWS.items()]
urlpatterns += [
    path("open/<str:name>/", login_not_required(opened)),
    path("language/", choose_language, name="set_language"),
    path("", include((accounts, "accounts"))),
]
