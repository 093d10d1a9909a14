"""Rules on a late milestone name a list of milestones, so that one rule can watch for several."""

from django.db import migrations


def together(apps, _schema_editor):
    for rule in apps.get_model("health", "CaseRule").objects.filter(detector="milestone_late"):
        if isinstance(rule.values, dict) and "milestone" in rule.values:
            one = rule.values.pop("milestone")
            rule.values["milestones"] = [one]
            rule.save(update_fields=["values"])


def apart(apps, _schema_editor):
    """A rule on several milestones goes back to the first of them: the older release watches for one a rule."""
    for rule in apps.get_model("health", "CaseRule").objects.filter(detector="milestone_late"):
        if isinstance(rule.values, dict) and rule.values.get("milestones"):
            several = rule.values.pop("milestones")
            rule.values["milestone"] = several[0]
            rule.save(update_fields=["values"])


class Migration(migrations.Migration):
    dependencies = [("health", "0013_passed_cases")]

    operations = [migrations.RunPython(together, apart)]
