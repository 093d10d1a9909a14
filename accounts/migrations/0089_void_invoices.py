from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0088_record_exports"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="invoice", name="invoice_payment_known_word"),
        # On the way back a void invoice is settled again, as it was before.
        migrations.RunSQL(
            migrations.RunSQL.noop, "UPDATE accounts_invoice SET payment = 'settled' WHERE payment = 'void'"
        ),
        migrations.AlterField(
            model_name="invoice",
            name="payment",
            field=models.CharField(
                choices=[
                    ("known", "Known"),
                    ("settled", "Settled, day not known"),
                    ("void", "Void"),
                    ("unknown", "Not known"),
                ],
                db_default="known",
                default="known",
                max_length=7,
                verbose_name="payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("payment__in", ["known", "settled", "void", "unknown"])),
                name="invoice_payment_known_word",
            ),
        ),
    ]
