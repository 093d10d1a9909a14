from django.db import migrations

from config.stamps import stamp_whole


class Migration(migrations.Migration):
    dependencies = [("health", "0023_parts_that_changed")]

    operations = [stamp_whole("health_case", part="health_caseevidence", link="case_id", anew=True)]
