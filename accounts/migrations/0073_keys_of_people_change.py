"""Keys of contacts and of people who log in know when they changed, and leave an entry when they go."""

from django.db import migrations, models
from django.db.models.functions import Now

from config.history.gone import NOBODY, tell_gone
from config.stamps import stamp

OF_CONTACT = "(SELECT c.customer_id FROM accounts_contact c WHERE c.id = gone.contact_id)"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0072_rows_of_an_undo")]

    operations = [
        *(
            migrations.AddField(
                model_name=name,
                name="changed_at",
                field=models.DateTimeField(db_default=Now(), editable=False, verbose_name="changed"),
            )
            for name in ("contactkey", "userkey")
        ),
        stamp("accounts_contactkey", "accounts_userkey"),
        tell_gone("accounts_contactkey", customer=OF_CONTACT),
        tell_gone("accounts_userkey", customer=NOBODY),
    ]
