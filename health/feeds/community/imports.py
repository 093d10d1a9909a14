from __future__ import annotations

from typing import Final

from accounts.imports.activity import load_acts
from accounts.imports.cells import Field
from accounts.imports.names import COMMON
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Target
from accounts.models import CommunityActivity


def load_community(staged: Staged) -> Loaded:
    return load_acts(staged, CommunityActivity, "kind", "happened_on")


NAMES: Final = {
    "": "community|community activity|forum|コミュニティ|フォーラム|投稿一覧",
    "external_id": "id|activity id|post id|event id|投稿id|活動id",
    **COMMON,
    "kind": "kind|type|activity|activity type|種類|種別|活動種別",
    "happened_on": "happened on|when|date|on|posted at|日付|投稿日|実施日|発生日",
    "contact": "contact|contact id|author|person|連絡先|連絡先id|投稿者|投稿者id",
}
COMMUNITY: Final = Target(
    "community",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field(
            "kind",
            "choice",
            required=True,
            choices=tuple(CommunityActivity.Kind.values),
            labels=tuple(CommunityActivity.Kind.choices),
        ),
        Field("happened_on", "date", required=True, past=True),
        Field("contact", longest=254, hint="external id, another key or email of a contact of the customer"),
    ),
    load_community,
    models=(CommunityActivity,),
    tables=("accounts_communityactivity",),
    names=NAMES,
)
