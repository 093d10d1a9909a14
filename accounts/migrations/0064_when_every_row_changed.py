"""Every row of the record knows when it changed, and leaves an entry when it goes."""

from django.db import migrations, models
from django.db.models.functions import Now

from config.history.gone import tell_gone
from config.stamps import stamp, stamp_beside_score, stamp_whole

STAMPED = (
    "advocacyact", "cancellation", "communityactivity", "entitlement", "externalkey", "integration", "invoice", "objective",
    "outcome",
)  # fmt: skip
OF_OBJECTIVE = "(SELECT o.customer_id FROM accounts_objective o WHERE o.id = gone.objective_id)"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0063_what_sources_said")]

    operations = [
        *(
            migrations.AddField(
                model_name=name,
                name="changed_at",
                field=models.DateTimeField(db_default=Now(), editable=False, verbose_name="changed"),
            )
            for name in (*STAMPED, "user")
        ),
        migrations.AddField(
            model_name="customer",
            name="score_changed_at",
            field=models.DateTimeField(db_default=Now(), editable=False),
        ),
        stamp(*(f"accounts_{name}" for name in STAMPED)),
        stamp("accounts_user", generated="last_login"),
        stamp_beside_score(),
        stamp_whole("accounts_contract", part="accounts_entitlement", link="contract_id", anew=True),
        *(
            tell_gone(f"accounts_{name}")
            for name in (
                "advocacyact", "cancellation", "communityactivity", "externalkey", "integration", "invoice", "objective",
                "touchpoint",
            )
        ),
        tell_gone("accounts_outcome", customer=OF_OBJECTIVE),
        tell_gone("accounts_sentiment", source="", external_id=""),
    ]  # fmt: skip
