"""The record: facts that every app above reads."""

from accounts.models.activity import AdvocacyAct, CommunityActivity, Integration, Invoice
from accounts.models.attributes import Attribute
from accounts.models.bulk import BulkAct, BulkRow
from accounts.models.changes import Change
from accounts.models.contacts import Contact, ContactRole, ContactState
from accounts.models.contracts import Absence, Contract, ContractLine, Entitlement, FirstLoad
from accounts.models.customers import (
    Band,
    Customer,
    DatedAttribute,
    DatedFact,
    ExternalKey,
    Fact,
    Stage,
    Status,
)
from accounts.models.efforts import Effort
from accounts.models.exports import RecordExport
from accounts.models.handovers import Handover, HandoverMove
from accounts.models.identity import ContactKey, Merge, NotSame, TwinPair, UserKey
from accounts.models.importing import ImportFile, ImportLine, ImportRun, ImportSpan, TakenBack, WithdrawnRow
from accounts.models.mappings import SavedMapping
from accounts.models.named import Named
from accounts.models.organisation import ClosingDay, ExchangeRate, Organisation
from accounts.models.outcomes import (
    Alternative,
    Cancellation,
    ChurnReason,
    Objective,
    Outcome,
    Period,
)
from accounts.models.posts import Post
from accounts.models.searched import CustomerWords
from accounts.models.segments import UNTOUCHED_DAYS, Assigning, Segment, TouchModel
from accounts.models.sentiments import Sentiment
from accounts.models.sources import (
    Deviation,
    Disagreement,
    FieldOrder,
    ForgottenLoad,
    Reconciled,
    Silence,
    Source,
    Word,
    WordChange,
)
from accounts.models.tokens import ApiToken
from accounts.models.touchpoints import Touchpoint
from accounts.models.uploads import Upload, UploadPiece
from accounts.models.users import Cover, DigestScope, Role, User
from accounts.models.views import SavedView

__all__ = [
    "UNTOUCHED_DAYS",
    "Absence",
    "AdvocacyAct",
    "Alternative",
    "ApiToken",
    "Assigning",
    "Attribute",
    "Band",
    "BulkAct",
    "BulkRow",
    "Cancellation",
    "Change",
    "ChurnReason",
    "ClosingDay",
    "CommunityActivity",
    "Contact",
    "ContactKey",
    "ContactRole",
    "ContactState",
    "Contract",
    "ContractLine",
    "Cover",
    "Customer",
    "CustomerWords",
    "DatedAttribute",
    "DatedFact",
    "Deviation",
    "DigestScope",
    "Disagreement",
    "Effort",
    "Entitlement",
    "ExchangeRate",
    "ExternalKey",
    "Fact",
    "FieldOrder",
    "FirstLoad",
    "ForgottenLoad",
    "Handover",
    "HandoverMove",
    "ImportFile",
    "ImportLine",
    "ImportRun",
    "ImportSpan",
    "Integration",
    "Invoice",
    "Merge",
    "Named",
    "NotSame",
    "Objective",
    "Organisation",
    "Outcome",
    "Period",
    "Post",
    "Reconciled",
    "RecordExport",
    "Role",
    "SavedMapping",
    "SavedView",
    "Segment",
    "Sentiment",
    "Silence",
    "Source",
    "Stage",
    "Status",
    "TakenBack",
    "TouchModel",
    "Touchpoint",
    "TwinPair",
    "Upload",
    "UploadPiece",
    "User",
    "UserKey",
    "WithdrawnRow",
    "Word",
    "WordChange",
]
