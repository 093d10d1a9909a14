from __future__ import annotations

from typing import Final

from accounts.imports.activity import load_acts
from accounts.imports.cells import Field
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Target
from accounts.models import CommunityActivity


def load_community(staged: Staged) -> Loaded:
    return load_acts(staged, CommunityActivity, "kind", "happened_on")


COMMUNITY: Final = Target(
    "community",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("kind", "choice", required=True, choices=tuple(CommunityActivity.Kind.values)),
        Field("happened_on", "date", required=True, past=True),
        Field("contact"),
    ),
    load_community,
    tables=("accounts_communityactivity",),
)
