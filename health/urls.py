"""Addresses of health: panels of a customer, cases and their rules, scorecards, digests."""

from __future__ import annotations

from django.urls import path, re_path

from health.views.cases import acts, offered, rule_design, rules
from health.views.cases import pages as cases
from health.views.digests import pages as digests
from health.views.explaining import changes
from health.views.proof import judgements
from health.views.proof import pages as proof
from health.views.scorecards import custom, editor, previews, versions
from health.views.scorecards import pages as scorecards
from health.views.scoring import live, overrides, panels
from health.views.standing import pages as motions
from health.views.standing import panel as standing
from health.views.using import events
from health.views.using import people as using

app_name = "health"
urlpatterns = [
    path("customers/<int:pk>/health/", panels.panel, name="panel"),
    path("customers/<int:pk>/health/recompute/", panels.recompute, name="recompute"),
    path("customers/<int:pk>/health/<slug:measure>/", panels.score_part, name="score_part"),
    path("customers/<int:pk>/live/", live.customer, name="live"),
    path("customers/live/", live.portfolio, name="live_portfolio"),
    path("customers/<int:pk>/changes/", changes.changed_panel, name="changed_panel"),
    path("customers/<int:pk>/override/", overrides.override_new, name="override_new"),
    path(
        "customers/<int:pk>/override/<int:override_pk>/withdraw/",
        overrides.override_withdraw,
        name="override_withdraw",
    ),
    path("customers/<int:pk>/usage/", panels.usage_panel, name="usage_panel"),
    path("settings/events/", events.page, name="events"),
    path("settings/events/key/", events.key, name="event_key"),
    path("customers/<int:pk>/people/", using.page, name="people"),
    path("customers/<int:pk>/people/<int:person_pk>/forget/", using.forget, name="person_forget"),
    path("customers/<int:pk>/people/export.csv", using.export, name="people_export"),
    path("customers/<int:pk>/people/panel/", using.panel, name="people_panel"),
    path("case-rules/", rules.case_rules, name="case_rules"),
    path("case-rules/offered/", offered.page, name="case_rules_offered"),
    path("case-rules/<int:pk>/take/", offered.take, name="case_rule_take"),
    path("case-rules/new/", rule_design.new, name="case_rule_new"),
    path("case-rules/cases/", rules.rule_cases, name="case_rule_cases"),
    path("case-rules/churns/", rules.churns, name="case_churns"),
    path("case-rules/<int:pk>/", rules.case_rule, name="case_rule"),
    path("case-rules/<int:pk>/edit/", rule_design.edit, name="case_rule_edit"),
    path("case-rules/<int:pk>/dry-run/", rules.trial_panel, name="case_rule_trial"),
    path("case-rules/<int:pk>/why/", rules.why, name="case_rule_why"),
    path("case-rules/<int:pk>/changes/<int:change>/undo/", rule_design.undo, name="case_rule_undo"),
    path("digest/", digests.digest, name="digest"),
    path("digest/<int:pk>/", digests.digest, name="digest_of"),
    path("customers/<int:pk>/standing/", standing.panel, name="standing"),
    path("customers/<int:pk>/motion/", standing.why, name="why_motion"),
    re_path(r"^motions/(?P<rest>[\w/-]*)$", motions.moved, name="motions_moved"),
    path("next-actions/", motions.by_motion, name="motions"),
    path("next-actions/disengaged/", motions.passive, name="passive"),
    path("next-actions/loyalty/", motions.rungs, name="ladder"),
    path("next-actions/journey/", motions.steps, name="journey"),
    path("next-actions/first-90-days/", motions.first_days, name="onboarding"),
    path("next-actions/coverage/", motions.touched, name="coverage"),
    path("customers/<int:pk>/cases/", cases.panel, name="cases_panel"),
    path("customers/<int:pk>/cases/new/", acts.case_new, name="case_new"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/<int:pk>/plan/", acts.plan, name="case_plan"),
    path("cases/<int:pk>/plan/back/", acts.plan_back, name="case_plan_back"),
    path("cases/<int:pk>/snooze/", acts.snooze, name="case_snooze"),
    path("cases/<int:pk>/wake/", acts.wake, name="case_wake"),
    path("cases/<int:pk>/hand-on/", acts.hand_on, name="case_hand_on"),
    path("cases/<int:pk>/close/", acts.close, name="case_close"),
    path("cases/<int:pk>/reopen/", acts.reopen, name="case_reopen"),
    path("scorecards/", scorecards.scorecards, name="scorecards"),
    path("scorecards/judgements/", judgements.judgements_panel, name="judgements_panel"),
    path("scorecards/new/", editor.new, name="scorecard_new"),
    path("scorecards/own/new/", custom.own_new, name="own_measure_new"),
    path("scorecards/own/<slug:key>/", custom.own, name="own_measure"),
    path("scorecards/own/<slug:key>/hide/", custom.hide, name="own_measure_hide"),
    path("scorecards/<int:pk>/", editor.measures, name="scorecard"),
    path("scorecards/<int:pk>/measures/", editor.add, name="scorecard_catalogue"),
    path("scorecards/<int:pk>/measures/<slug:measure>/", editor.line, name="scorecard_line"),
    path("scorecards/<int:pk>/ceilings/", editor.ceilings, name="scorecard_ceilings"),
    path("scorecards/<int:pk>/scope/", editor.scope, name="scorecard_scope"),
    path("scorecards/<int:pk>/preview/", previews.panel, name="scorecard_preview"),
    path("scorecards/<int:pk>/movers/", previews.movers, name="scorecard_movers"),
    path("scorecards/<int:pk>/versions/", versions.versions, name="scorecard_versions"),
    path("scorecards/<int:pk>/compare/<int:other>/", versions.compare, name="scorecard_compare"),
    path("scorecards/<int:pk>/edit/", versions.begin, name="scorecard_edit"),
    path("scorecards/<int:pk>/roll-back/", versions.roll_back, name="scorecard_roll_back"),
    path("scorecards/<int:pk>/retire/", versions.retire, name="scorecard_retire"),
    path("scorecards/<int:pk>/discard/", versions.discard, name="scorecard_discard"),
    path("scorecards/<int:pk>/proof/", proof.proof, name="proof"),
    path("scorecards/<int:pk>/proof/measures/", proof.measures, name="proof_measures"),
    path("scorecards/<int:pk>/proof/segments/", proof.segments, name="proof_segments"),
    path("scorecards/<int:pk>/proof/compared/", proof.compared, name="proof_compared"),
    path("scorecards/<int:pk>/replays/", proof.replays, name="replays"),
    path("scorecards/<int:pk>/replay/", proof.replay, name="replay"),
]
