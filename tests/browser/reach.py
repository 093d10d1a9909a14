"""What of a page a person can get at: links, buttons and fields that are seen, or lie in something that can be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.browser.company import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

DESK: Final[Any] = {"width": 1440, "height": 900}
PHONE: Final[Any] = {"width": 390, "height": 844}
# What stands on a phone for something of a desk: the menu behind "More" holds one's own place, the palette and the views. A cell that is
# edited where it stands is a short cut to its record's forms, the box of a list's head one to the boxes of its rows.
REACHED: Final = """() => {
  const named = (e) => {
    const copy = e.cloneNode(true);
    for (const part of copy.querySelectorAll("kbd, .count, .avatar, svg")) part.remove();
    return (copy.textContent.trim() || e.getAttribute("aria-label") || "").replace(/\\s+/g, " ");
  };
  const known = (e) => {
    if (e.dataset.command !== undefined) return "the palette";
    if (e.getAttribute("popovertarget") === "me") return "one's own menu";
    if (e.matches("a")) return `link ${e.getAttribute("href")}`;
    const place = e.form?.getAttribute("action") ?? "";
    if (e.matches("input, select, textarea")) return `field ${place} ${e.name || e.getAttribute("aria-label")}`;
    return `${e.localName} ${place} ${e.name ? `${e.name}=${e.value}` : named(e)}`;
  };
  const seen = (e) => e.checkVisibility({visibilityProperty: true});
  const reached = (e) => {
    if (seen(e)) return true;
    const popover = e.closest("[popover]");
    if (popover) {
      for (let part = e; part !== popover; part = part.parentElement) if (getComputedStyle(part).display === "none") return false;
      return [...document.querySelectorAll(`[popovertarget="${popover.id}"]`)].some(seen);
    }
    const folded = e.closest("details:not([open])");
    return Boolean(folded) && e.localName !== "summary" && seen(folded.querySelector("summary"));
  };
  const all = [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")];
  return all.filter((e) => !e.closest("dialog, .skip, .quiet, [data-toast], [data-beside], [data-cell], [data-select-all]") && !e.disabled && reached(e)).map(known);
}"""
RECORDS: Final = "[...new Set([...document.querySelectorAll('[data-row] a[data-open]')].map((link) => link.href))]"
FOLD_OUT: Final = (
    "document.getElementById('bar-more-button')?.checkVisibility() && document.getElementById('bar-more').showPopover()"
)


def out_of_reach(page: Page) -> list[str]:
    """What can be reached on a desk, and on a phone neither here nor on the records that the rows lead to."""
    page.set_viewport_size(DESK)
    settle(page)
    missing = set(page.evaluate(REACHED))
    page.set_viewport_size(PHONE)
    missing -= _reached(page)
    for record in page.evaluate(RECORDS) if missing else []:
        page.goto(record)
        settle(page)
        missing -= _reached(page)
    return sorted(missing)


def _reached(page: Page) -> set[str]:
    page.evaluate("new Promise(requestAnimationFrame)")
    page.evaluate(FOLD_OUT)
    parts = set(page.evaluate(REACHED))
    page.evaluate("document.querySelector('#bar-more:popover-open')?.hidePopover()")
    return parts
