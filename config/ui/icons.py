"""The product's own icons by name, as SVG content of a 16 by 16 view."""

from __future__ import annotations

from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

ICONS = {
    "alert": '<path d="M8 2.8l6 10.4H2zM8 6.8v2.8M8 11.4v.1"/>',
    "arrow": '<path d="M3 8h10M9 4l4 4-4 4"/>',
    "back": '<path d="M10 3.5L5.5 8l4.5 4.5"/>',
    "bell": '<path d="M4 11V7.2a4 4 0 0 1 8 0V11l1.2 1.3H2.8zM6.8 14h2.4"/>',
    "bolt": '<path d="M8.8 2L3.5 9h4l-.6 5 5.4-7.2h-4z"/>',
    "branch": '<path d="M8 2.5v4M8 6.5L3.5 11v2.5M8 6.5l4.5 4.5v2.5"/>',
    "calendar": '<path d="M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2.5V5M10.5 2.5V5"/>',
    "call": '<path d="M4 2.5h2l1.1 3-1.5 1.1a7 7 0 0 0 3.8 3.8l1.1-1.5 3 1.1v2a1.2 1.2 0 0 1-1.3 1.2A10.4 10.4 0 0 1 2.8 3.8 1.2 1.2 0 0 1 4 2.5z"/>',
    "case": '<path d="M4 14V2.5M4 3h8l-2 2.8 2 2.7H4"/>',
    "check": '<path d="M3 8.6l3.2 3.2L13 4.8"/>',
    "clock": '<circle cx="8" cy="8" r="5.6"/><path d="M8 5v3.2l2 1.3"/>',
    "customers": '<path d="M3 13.5v-10a1 1 0 0 1 1-1h5a1 1 0 0 1 1 1v10M10 6.5h2a1 1 0 0 1 1 1v6M1.5 13.5h13M5.5 5.5h2M5.5 8h2M5.5 10.5h2"/>',
    "data": '<ellipse cx="8" cy="4.3" rx="5" ry="1.9"/><path d="M3 4.3v7.4c0 1 2.2 1.9 5 1.9s5-.9 5-1.9V4.3M3 8c0 1 2.2 1.9 5 1.9S13 9 13 8"/>',
    "day": '<path d="M2.5 4.6l1.3 1.3 2.2-2.5M8.5 4.7h5M2.5 11l1.3 1.3 2.2-2.5M8.5 11.2h5"/>',
    "doc": '<path d="M4 2.5h5l3 3v8H4zM9 2.5v3h3M6 8.5h4M6 11h4"/>',
    "done": '<circle cx="8" cy="8" r="5.8"/><path d="M5.3 8.3l1.9 1.9 3.6-4.1"/>',
    "dots": '<path d="M3.5 8h.1M8 8h.1M12.5 8h.1"/>',
    "down": '<path d="M3.5 6L8 10.5 12.5 6"/>',
    "download": '<path d="M8 2.5v7.6M4.8 7L8 10.2 11.2 7M3 13.2h10"/>',
    "edit": '<path d="M3 13l.6-2.8 7.2-7.2 2.2 2.2-7.2 7.2zM9.4 4.4l2.2 2.2"/>',
    "feedback": '<path d="M3.2 3h9.6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H7.8L4.8 13.4V11H3.2a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z"/>',
    "filter": '<path d="M2.5 3.5h11M4.5 8h7M6.5 12.5h3"/>',
    "flask": '<path d="M6.2 2.5v4L3 12.2a.9.9 0 0 0 .8 1.3h8.4a.9.9 0 0 0 .8-1.3L9.8 6.5v-4M5.2 2.5h5.6M4.6 10h6.8"/>',
    "forecast": '<path d="M2 12.3l4-4.1 2.6 2.4L14 4.5M10.2 4.5H14v3.8"/>',
    "info": '<circle cx="8" cy="8" r="5.6"/><path d="M8 7.5V11M8 5.2v.1"/>',
    "key": '<circle cx="5.2" cy="10.8" r="2.7"/><path d="M7.2 8.8l6-6M11 5l1.8 1.8"/>',
    "lock": '<path d="M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2"/>',
    "mail": '<path d="M2.5 4h11v8.5h-11zM2.5 4.8L8 9l5.5-4.2"/>',
    "metrics": '<path d="M2.5 13.5h11M4.2 11V8.2M8 11V3.5M11.8 11V6"/>',
    "moon": '<path d="M13 9.6A5.4 5.4 0 0 1 6.4 3a5.4 5.4 0 1 0 6.6 6.6z"/>',
    "next": '<path d="M6 3.5L10.5 8 6 12.5"/>',
    "out": '<path d="M9.5 2.8H3.2v10.4h6.3M6.5 8h7.3M11 5.2L13.8 8 11 10.8"/>',
    "part": '<circle cx="8" cy="8" r="5.8"/><path d="M8 4.6a3.4 3.4 0 0 1 0 6.8z" fill="currentColor" stroke="none"/>',
    "playbook": '<circle cx="4.5" cy="3.8" r="1.6"/><circle cx="4.5" cy="12.2" r="1.6"/><circle cx="11.5" cy="5.6" r="1.6"/><path d="M4.5 5.4v5.2M11.5 7.2c0 2.3-2 2.8-4.2 3"/>',
    "plus": '<path d="M8 3.2v9.6M3.2 8h9.6"/>',
    "print": '<path d="M4.5 6V2.5h7V6M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7v4h-7z"/>',
    "renewal": '<path d="M13 8a5 5 0 0 1-8.8 3.2M3 8a5 5 0 0 1 8.8-3.2M12 2.2v2.7H9.3M4 13.8v-2.7h2.7"/>',
    "score": '<path d="M2.3 11.8a5.9 5.9 0 1 1 11.4 0M8 11l2.7-3.7"/>',
    "screen": '<path d="M2.2 3h11.6v8H2.2zM5.5 13.5h5M8 11v2.5"/>',
    "search": '<circle cx="7" cy="7" r="4.3"/><path d="M10.3 10.3l3.2 3.2"/>',
    "segment": '<path d="M8 2.5l6 3-6 3-6-3zM2.5 9L8 11.8 13.5 9"/>',
    "sliders": '<path d="M4 2.5v5M4 11v2.5M8 2.5V4M8 7.5v6M12 2.5V8M12 11.5v2M2.5 9h3M6.5 5.5h3M10.5 9.8h3"/>',
    "sort": '<path d="M5 3v10M2.5 10.5L5 13l2.5-2.5M11 13V3M8.5 5.5L11 3l2.5 2.5"/>',
    "stop": '<path d="M5.6 2.5h4.8l3.1 3.1v4.8l-3.1 3.1H5.6l-3.1-3.1V5.6zM5.5 8h5"/>',
    "sun": '<circle cx="8" cy="8" r="2.8"/><path d="M8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M12.4 3.6l-1 1M4.6 11.4l-1 1"/>',
    "task": '<path d="M3 3h10v10H3zM5.6 8l1.8 1.9 3.2-3.8"/>',
    "todo": '<circle cx="8" cy="8" r="5.8" stroke-dasharray="2.2 2"/>',
    "trash": '<path d="M2.8 4.2h10.4M6 4V2.5h4V4M4 4.2l.6 9.3h6.8l.6-9.3"/>',
    "undo": '<path d="M5.5 3L2.8 5.8l2.7 2.7M3 5.8h6.2a4 4 0 0 1 0 8H6"/>',
    "up": '<path d="M3.5 10L8 5.5l4.5 4.5"/>',
    "user": '<circle cx="8" cy="5.5" r="2.6"/><path d="M3 13.5c.4-2.8 2.4-4 5-4s4.6 1.2 5 4"/>',
    "users": '<circle cx="6" cy="5.5" r="2.4"/><path d="M1.6 13.2c.3-2.6 2.1-3.7 4.4-3.7s4.1 1.1 4.4 3.7M10.4 3.3a2.4 2.4 0 0 1 0 4.4M11.8 9.8c1.5.5 2.4 1.6 2.6 3.4"/>',
    "x": '<path d="M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6"/>',
}


@lru_cache(maxsize=512)
def draw_icon(name: str, css: str = "") -> SafeString:
    """The icon ``name``, ours or else lucide's; hidden from screen readers."""
    if name not in ICONS:
        extra = {"class": f"icon lucide {css}".strip(), "aria-hidden": "true"}
        return mark_safe(str(lucide(name, size=None, **extra)))  # noqa: S308  drawn by the library
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>',
        f"icon {css}".strip(),
        SafeString(ICONS[name]),
    )
