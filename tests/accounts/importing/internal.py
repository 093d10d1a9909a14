"""What of the record no file and no program may fill, each with its reason; a model's name alone means all its columns."""

from __future__ import annotations

from typing import Final

STAMP: Final = "a stamp of the database"
COPY: Final = "a copy that a sweep writes"
SOURCE: Final = "whose ids these are says the mapping, for a whole file"
OURS: Final = "work of the product, no fact of a customer"
SETTING: Final = "a setting of the organisation, which an admin makes"
SELF: Final = "everybody's own setting"
RIGHTS: Final = "rights of the administration of the server"
LOADS: Final = "what loads of files remember"

INTERNAL: Final[dict[str, str]] = {
    **dict.fromkeys(("Absence", "FirstLoad", "ForgottenLoad", "ImportFile", "ImportLine", "ImportRun", "ImportSpan", "TakenBack", "WithdrawnRow", "Upload", "UploadPiece", "Disagreement", "Word", "WordChange", "Reconciled", "Deviation", "Silence"), LOADS),
    **dict.fromkeys(("BulkAct", "BulkRow", "Change", "Handover", "HandoverMove"), OURS),
    **dict.fromkeys(("Attribute", "ClosingDay", "Effort", "Organisation", "SavedMapping", "SavedView", "Segment", "FieldOrder", "Source"), SETTING),
    **dict.fromkeys(("CustomerWords", "DatedAttribute", "DatedFact", "FeatureDay", "Milestone", "RollupMark", "UsageDay"), COPY),
    "ApiToken": "the key of a program, made and shown once by the person who owns it",
    "RecordExport": "the record going out, which an admin asks for",
    "Cover": "an absence, which a person or a manager enters",
    **{
        f"Customer.{name}": COPY
        for name in (
            "arr", "status", "stage", "segment", "touch_model", "first_contract_on", "leaves_on", "sentiment", "sentiment_on",
            "last_touch_on", "score", "band", "band_since", "scored_at", "next_renewal_on", "next_prep_on",
        )
    },
    "Customer.created_at": STAMP,
    "Contact.created_at": STAMP,
    "Customer.score_changed_at": STAMP,
    "Customer.merged_into": "merging is an act of its own, with a preview",
    "Customer.pinned_segment": "a person pins a segment, for a reason",
    "Customer.pin_reason": "a person pins a segment, for a reason",
    "ExternalKey.owner_said": LOADS,
    "ExternalKey.joined": LOADS,
    "Contract.beside": "follows from what contracts replace",
    "Contract.known_on": LOADS,
    "Contract.end_known_on": LOADS,
    "Contract.source_said": LOADS,
    "Contract.notice_withdrawn_on": "withdrawing a notice is an act of its own; a file that names none any more takes it back",
    "ContractLine.contract": "a row is a line of its own contract",
    "ContractLine.known_on": LOADS,
    "ContractLine.source_starts_on": LOADS,
    "ContractLine.notice_given_on": "a notice of one line is an act of its own; a file names the end of the line",
    "ContractLine.agreed_ends_on": "the end before that act",
    "Invoice.credited_by": "follows from the amounts of credit notes",
    "Invoice.credited_on": "follows from the amounts of credit notes",
    "UsageRecord.apart": "the mapping's choice users = rows",
    "UsageRecord.digest": "made of the content",
    "Sentiment": "the word of the CSM, who enters it",
    "Touchpoint.mass": "follows from the kind",
    "Touchpoint.proactive": "follows from the direction",
    "Touchpoint.two_way": "follows from who took part",
    **{f"User.{name}": SELF for name in ("time_zone", "digest_scope", "digest_mail", "guide_put_away", "last_login", "date_joined")},
    **dict.fromkeys(("User.weekly_hours", "User.customer_share"), "a manager says how much somebody works"),
    **dict.fromkeys(("User.password", "User.invited_at"), "an invitation lets somebody set a password, nothing else does"),
    **dict.fromkeys(("User.is_superuser", "User.is_staff", "User.is_service", "User.groups", "User.user_permissions"), RIGHTS),
    "User.is_active": "deactivation is an act of its own: somebody takes over",
    "Merge": "merging is an act of its own, with a preview",
    "TwinPair": COPY,
    "NotSame": "what a person said of two customers",
}  # fmt: skip
EVERYWHERE: Final[dict[str, str]] = {"id": STAMP, "changed_at": STAMP, "source": SOURCE, "named": LOADS}
