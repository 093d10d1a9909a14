"""Every row of the record knows when it changed, and leaves an entry when it goes."""

from django.db import migrations, models
from django.db.models.functions import Now

from config.history.gone import NOBODY, tell_gone
from config.stamps import stamp

STAMPED = ("feature", "surveyresponse", "ticket", "usagerecord")


class Migration(migrations.Migration):
    dependencies = [("health", "0033_readable_days_of_parts")]

    operations = [
        *(
            migrations.AddField(
                model_name=name,
                name="changed_at",
                field=models.DateTimeField(db_default=Now(), editable=False, verbose_name="changed"),
            )
            for name in STAMPED
        ),
        stamp(*(f"health_{name}" for name in STAMPED)),
        tell_gone("health_ticket"),
        tell_gone("health_surveyresponse"),
        tell_gone("health_usagerecord", external_id="message_id"),
        tell_gone("health_feature", customer=NOBODY, source="", external_id="key"),
        tell_gone("health_override", source="", external_id=""),
    ]
