"""What every route that writes is: an edit of what stands, which carries what it showed, or an act, with why that is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

World = Any


@dataclass(frozen=True)
class Kind:
    """Two people and one form: ``mine`` and ``theirs`` are values of one field, ``apart`` a field that only the other changes.

    ``page`` names the route whose page holds the form where that is another; ``still`` is what a choice for mine answers.
    """

    field: str
    mine: Any
    theirs: Any
    apart: tuple[str, str] | None = None
    who: str = "admin"
    page: str = ""
    more: Any = None
    still: int = 302
    shows: bool = True


DAYS: Final = "m-days_since_use"
ADDS: Final = "adds a row; its form's key keeps a second press from adding another"
LOCKED: Final = "is held against the locked row and refused where that has gone on"
BACK: Final = "an Undo: refused where what it would undo no longer stands"
SHOWN_TWICE: Final = "shows what it would do and does it only while that is still so"
NAMED: Final = "names the state it sets, whatever stood before"
SAVES_NOTHING: Final = "saves nothing"
DATED: Final = "adds a dated statement; the one before stays in the record with its author"
ACTS: Final = {
    "accounts:customer_new": ADDS,
    "accounts:contact_new": ADDS,
    "accounts:touch_new": ADDS,
    "accounts:segment_new": ADDS,
    "accounts:user_new": ADDS,
    "accounts:covers": ADDS,
    "accounts:closing_days": ADDS,
    "accounts:set_up": "one link, used once",
    "guide:segments_fit": NAMED,
    "guide:put_away": NAMED,
    "guide:bring_back": NAMED,
    "accounts:rates": DATED,
    "accounts:sentiment": DATED,
    "accounts:touch_undo": BACK,
    "accounts:sentiment_undo": BACK,
    "accounts:lines_notice": LOCKED,
    "accounts:lines_back": BACK,
    "accounts:runs_on": LOCKED,
    "accounts:conditions": SAVES_NOTHING,
    "accounts:segment_move": "moves by one from where the locked order has it",
    "accounts:closing_day_remove": NAMED,
    "accounts:closing_day_back": BACK,
    "accounts:user_deactivate": SHOWN_TWICE,
    "accounts:user_reactivate": NAMED,
    "accounts:user_invite": LOCKED,
    "accounts:user_withdraw": LOCKED,
    "accounts:hand_over": SHOWN_TWICE,
    "accounts:handover_undo": BACK,
    "accounts:bulk_ask": LOCKED,
    "accounts:bulk_undo": BACK,
    "accounts:bulk_resume": LOCKED,
    "accounts:cover_end": NAMED,
    "health:recompute": SAVES_NOTHING,
    "health:override_new": "one at a time: a second is refused, in words",
    "health:override_withdraw": NAMED,
    "health:case_new": ADDS,
    "health:case_plan_back": BACK,
    "health:case_wake": BACK,
    "health:case_close": LOCKED,
    "health:case_reopen": BACK,
    "health:scorecard_new": ADDS,
    "health:scorecard_catalogue": "adds a measure to the locked draft",
    "health:own_measure_new": ADDS,
    "health:own_measure_hide": BACK,
    "health:scorecard_edit": ADDS,
    "health:scorecard_roll_back": BACK,
    "health:scorecard_retire": NAMED,
    "health:scorecard_discard": NAMED,
    "health:case_rule_new": ADDS,
    "health:case_rule_undo": BACK,
    "health:replay": SAVES_NOTHING,
    "renewals:stage": NAMED,
    "renewals:stage_back": BACK,
    "renewals:refresh": "fills the parts that are not done with today's facts",
    "renewals:call_back": BACK,
    "renewals:leaving": LOCKED,
    "renewals:leaving_back": BACK,
    "renewals:withdraw": BACK,
    "renewals:renew": LOCKED,
    "renewals:churn": LOCKED,
    "renewals:reopen": BACK,
    "renewals:qbr_reopen": BACK,
    "backup:new": ADDS,
    "playbooks:task_done": LOCKED,
    "playbooks:task_undo": BACK,
    "playbooks:task_wake": BACK,
    "playbooks:task_new": ADDS,
    "playbooks:enrol": ADDS,
    "playbooks:stop": NAMED,
    "playbooks:playbook_new": ADDS,
    "playbooks:publish": LOCKED,
    "playbooks:discard": NAMED,
    "playbooks:pause": BACK,
    "playbooks:roll_back": NAMED,
}
# Acts on what failed; signing in and programs, whose routes stand in no app, say what they saw by themselves.
ELSEWHERE: Final = ("setaside:",)
