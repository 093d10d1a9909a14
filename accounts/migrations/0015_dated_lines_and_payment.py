import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_two_way_touches"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_amount_not_negative",
        ),
        migrations.AddField(
            model_name="contractline",
            name="source_starts_on",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="invoice",
            name="credited_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="credits",
                to="accounts.invoice",
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="credited_on",
            field=models.DateField(blank=True, null=True, verbose_name="credited on"),
        ),
        migrations.AddField(
            model_name="invoice",
            name="payment",
            field=models.CharField(
                choices=[("known", "Known"), ("settled", "Settled, day not known"), ("unknown", "Not known")],
                db_default="known",
                default="known",
                max_length=7,
                verbose_name="payment",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("credited_by__isnull", False)), fields=["credited_by"], name="invoice_credited"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("paid_on__isnull", True), ("payment", "known"), _connector="OR"),
                name="invoice_paid_on_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("payment__in", ["known", "settled", "unknown"])), name="invoice_payment_known_word"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0), ("credited_on__isnull", True), _connector="OR"),
                name="invoice_note_not_credited",
            ),
        ),
    ]
