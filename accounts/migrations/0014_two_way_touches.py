from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_what_touches_were")]

    operations = [
        migrations.AddConstraint(
            model_name="touchpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("direction__in", ["in", "out"])), name="touchpoint_direction_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="touchpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("kind", "one_to_many"), _negated=True), ("mass", True), _connector="OR"),
                name="touchpoint_to_many_is_mass",
            ),
        ),
        migrations.AddField(
            model_name="touchpoint",
            name="two_way",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.ExpressionWrapper(
                    models.Q(("mass", False), models.Q(("direction", "in"), ("attended", True), _connector="OR")),
                    output_field=models.BooleanField(),
                ),
                output_field=models.BooleanField(verbose_name="two-way"),
            ),
        ),
    ]
