"""A new page is a view, a route, a template, a line of the policy and, where the rail shows it, a place: none is forgotten.

`docs/change.md` says what each of them is.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from config.ui.context import CONFIGURE, PLACES
from tests.access import site
from tests.access.policy import ACTS, API, EDITS, PAGE, POLICY, SIGN_IN

ROOT = Path(settings.BASE_DIR)
APPS = ("accounts", "config", "health", "playbooks", "renewals")
# Drawn by allauth.
BY_ALLAUTH = re.compile(r"^(account/|allauth/|429)")
# Led to by a mail or by the terminal.
FROM_OUTSIDE = {"accounts:set_up"}


@cache
def sources() -> str:
    """All that names templates and routes: Python without the routes themselves, templates and scripts."""
    code = [path for app in APPS for path in (ROOT / app).rglob("*.py") if path.name != "urls.py"]
    return "\n".join(path.read_text() for path in [*code, *(ROOT / "templates").rglob("*.*")])


def quoted() -> set[str]:
    """Each word that stands between quotes."""
    return set(re.findall(r"(?<=[\"'])[\w/:.-]+(?=[\"'])", sources()))


def test_no_page_is_forgotten_anywhere():
    """Each route by what it has not: see docs/change.md, "A page"."""
    named = quoted()
    missing = dict.fromkeys(site.names() - set(POLICY), "a line in tests/access/policy.py")
    missing |= dict.fromkeys(set(POLICY) - site.names(), "a route: the policy has a line for what is not there")
    ours = {name: route for name, route in POLICY.items() if name not in API and name not in SIGN_IN}
    for name, route in ours.items():
        if route.post and name not in EDITS and name not in ACTS and not name.startswith("setaside:"):
            missing[name] = "edit= or act= in its line of tests/access/policy.py"
        if name in EDITS and name in ACTS:
            missing[name] = "one of edit= and act=, not both"
        if route.get and route.draws == PAGE and name not in named and name not in FROM_OUTSIDE:
            missing[name] = "a link: no template, place or view names it"
    assert missing == {}


def test_every_place_of_the_rail_leads_somewhere():
    lost = []
    for place in (*PLACES, *CONFIGURE):
        try:
            reverse(place.names[0])
        except NoReverseMatch:
            lost.append(place.key)
    assert lost == []


def test_every_template_is_drawn():
    """By its whole name, or as the fragment of a page that is named."""
    folder = ROOT / "templates"
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*.*")]
    ours = [name for name in names if not BY_ALLAUTH.match(name)]
    assert len(ours) > 100
    drawn = quoted()
    assert [name for name in ours if not drawn & {name, name.replace("/_", "/")}] == []
