from django.db import migrations

from config.stamps import stamp_whole


class Migration(migrations.Migration):
    dependencies = [("health", "0022_lines_in_order")]

    operations = [stamp_whole("health_case", part="health_caseevidence", link="case_id")]
