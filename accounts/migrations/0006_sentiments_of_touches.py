from django.db import migrations

# What was said with touches before there was a history. A customer without a sentiment now was handed over since.
FILL = """
    INSERT INTO accounts_sentiment (customer_id, day, value, author_id, touch_id)
    SELECT t.customer_id, t.happened_on, t.sentiment, t.author_id, t.id FROM accounts_touchpoint t
    WHERE t.sentiment IS NOT NULL
    ORDER BY t.happened_on, t.id
"""
END = """
    INSERT INTO accounts_sentiment (customer_id, day)
    SELECT c.id, max(s.day) FROM accounts_customer c JOIN accounts_sentiment s ON s.customer_id = c.id
    WHERE c.sentiment IS NULL
    GROUP BY c.id
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_sentiment_history")]

    operations = [migrations.RunSQL([FILL, END], migrations.RunSQL.noop)]
