"""Addresses of health: panels of a customer, the rows behind a part, scorecards."""

from __future__ import annotations

from django.urls import path

from health.views import (
    changes,
    digest,
    editor,
    live,
    motions,
    overrides,
    panels,
    previews,
    proof,
    scorecards,
    standing,
    versions,
)

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
    path("digest/", digest.digest, name="digest"),
    path("digest/<int:pk>/", digest.digest, name="digest_of"),
    path("customers/<int:pk>/standing/", standing.panel, name="standing"),
    path("customers/<int:pk>/motion/", standing.why, name="why_motion"),
    path("motions/", motions.by_motion, name="motions"),
    path("motions/passive/", motions.passive, name="passive"),
    path("motions/ladder/", motions.rungs, name="ladder"),
    path("motions/journey/", motions.steps, name="journey"),
    path("motions/first-90-days/", motions.first_days, name="onboarding"),
    path("motions/coverage/", motions.touched, name="coverage"),
    path("scorecards/", scorecards.scorecards, name="scorecards"),
    path("scorecards/new/", editor.new, name="scorecard_new"),
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
    path("scorecards/<int:pk>/proof/beside/", proof.beside, name="proof_beside"),
    path("scorecards/<int:pk>/replays/", proof.replays, name="replays"),
    path("scorecards/<int:pk>/replay/", proof.replay, name="replay"),
]
