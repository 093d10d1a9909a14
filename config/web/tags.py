"""Template tags of every page, ``{% load ui %}``: fields, panels, lists and their addresses; with the shapes of
``config.ui.tags`` and the figures of ``config.ui.filters``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms, template
from django.conf import settings
from django.template.context import Context
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from config.ui import filters, tags
from config.web.paging import Page, neighbours, with_changes

register = template.Library()
for library in (tags.register, filters.register):
    register.tags |= library.tags
    register.filters |= library.filters

_kept: dict[tuple[object, ...], SafeString] = {}


@register.simple_tag(takes_context=True)
def kept(context: Context, name: str, of: str = "", **values: Any) -> SafeString:
    """A piece of a page that is the same for everybody of a language and role at one place, rendered once:
    ``{% kept "components/keys.html" %}``. It may depend on ``frame.looks`` and on ``of`` only, which tells apart the
    ``values`` it is given; never on a user or a token.
    """
    frame = context["frame"]
    key = (name, of, get_language(), frame.looks)
    if settings.DEBUG or key not in _kept:
        _kept[key] = SafeString(get_template(name).render({"frame": frame, **values}))
    return _kept[key]


@register.simple_tag(name="css_links")
@lru_cache(maxsize=1)
def css_links() -> SafeString:
    """Every style sheet, in the order the layers need: ``{% css_links %}`` in the head."""
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(path),) for path in style_sheets()))


@lru_cache(maxsize=1)
def style_sheets() -> tuple[str, ...]:
    """Paths below ``static/``: tokens, base, layout, then the components by name."""
    folder = Path(settings.BASE_DIR) / "static" / "css" / "components"
    components = sorted(f"css/components/{path.name}" for path in folder.glob("*.css"))
    return ("css/tokens.css", "css/base.css", "css/layout.css", *components)


@register.inclusion_tag("components/field.html")
def field(bound: forms.BoundField, css: str = "", label: str = "") -> dict[str, Any]:
    """Label, control, help and error of a form field: ``{% field form.name %}``."""
    return {"field": bound, "css": css, "label": label}


@register.simple_tag
def control(bound: forms.BoundField, css: str = "") -> SafeString:
    """A field's control alone, tied to its help and errors: ``{% control form.name "s" %}``."""
    widget = bound.field.widget
    attrs: dict[str, Any] = {}
    if isinstance(widget, forms.CheckboxInput):
        attrs["class"] = _classes(widget, "check", css)
    elif not isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        attrs["class"] = _classes(widget, "input", css)
    described = [f"{bound.auto_id}_helptext"] if bound.help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return bound.as_widget(attrs=attrs)


def _classes(widget: forms.Widget, *names: str) -> str:
    return " ".join(dict.fromkeys([*names, *widget.attrs.get("class", "").split()])).strip()


@register.simple_tag
def ask_link(route: str, *args: object, query: str = "") -> SafeString:
    """The attributes of a link whose form is asked in the dialog, without script on its page:
    ``<a class="button" {% ask_link "renewals:call" renewal.pk %}>``. An address (``/…``) may stand in place of a route.
    """
    address = route if route.startswith("/") else reverse(route, args=args)
    if query:
        address = f"{address}?{query}"
    return format_html('href="{0}" hx-get="{0}" hx-target="#ask" hx-swap="innerHTML"', address)


@register.inclusion_tag("components/panel_slot.html")
def panel_slot(url: str, lines: int = 4, title: str = "", on: str = "", key: str = "") -> dict[str, Any]:
    """The slot of a panel that loads later, with a skeleton of ``lines`` rows so that nothing jumps.

    ``{% url "health:panel" customer.pk as u %}{% panel_slot u lines=8 title=_("Health")
    on="health:changed" %}``. The answer replaces the slot and must carry the same ``hx-get``
    wiring itself if it is to refetch; ``key`` is the slot's id.
    """
    return {"url": url, "lines": range(lines), "title": title, "on": on, "key": key}


@register.inclusion_tag("components/empty.html")
def empty(title: str, text: str = "", url: str = "", act: str = "", icon: str = "", css: str = "") -> dict[str, Any]:
    """An empty state with its reason and the next act: ``{% empty _("No tasks today") text url act %}``."""
    return {"title": title, "text": text, "url": url, "act": act, "icon": icon, "css": css}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(
    context: Context, page: Page[Any], target: str = "", panel: str = "", at: str = ""
) -> dict[str, Page[Any] | SafeString]:
    """Earlier and later pages, with the address's filters: ``{% pagination page "#book" %}`` for a list that htmx swaps alone.

    ``panel`` names one that is swapped on its page and whose place does not stand in the address; ``at`` an anchor.
    """
    swaps = format_html(' hx-target="{}" hx-push-url="true"', target) if target else ""
    swaps = format_html(' hx-target="{}" hx-swap="outerHTML"', panel) if panel else swaps
    earlier, later = (
        format_html('href="{0}{1}"{2}{3}', url, at, format_html(' hx-get="{}"', url) if swaps else "", swaps)
        for url in neighbours(context["request"], page)
    )
    return {"page": page, "earlier": earlier, "later": later}


@register.simple_tag(takes_context=True)
def address(context: Context, **changes: object) -> str:
    """The page's own address with some filters changed: ``{% address band="red" after=None %}``."""
    return with_changes(context["request"], **changes)


@register.filter
def at(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """The value of a mapping under a key, or None: ``{{ words|at:place.key }}``."""
    return mapping.get(key) if mapping else None


@register.filter
def undo_url(tags: str | None) -> str:
    """The reverse act kept in a message's tags by ``toast``, or nothing."""
    return _kept_in(tags, "undo:")


@register.filter
def more_url(tags: str | None) -> str:
    """The page that tells the rest, kept in a message's tags by ``toast``, or nothing."""
    return _kept_in(tags, "more:")


def _kept_in(tags: str | None, name: str) -> str:
    return next((tag.removeprefix(name) for tag in (tags or "").split() if tag.startswith(name)), "")
