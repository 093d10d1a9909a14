from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("health", "0018_unknown_stakes")]
    operations = [
        migrations.AlterField(
            model_name="caserule",
            name="precision_floor",
            field=models.DecimalField(decimal_places=3, default="0.30", max_digits=4, verbose_name="least precision"),
        ),
    ]
