"""What the customer's people do in the community: questions, answers, posts, events."""

from health.feeds import Feed
from health.feeds.community.imports import COMMUNITY
from health.feeds.community.measures import MEASURES
from health.feeds.community.rows import COLUMNS, activities
from health.measures.sources import Source

FEED = Feed(
    target=COMMUNITY,
    source=Source("accounts_communityactivity y", "y.customer_id", "y.happened_on <= {day}", "y.happened_on"),
    rows=activities,
    columns=COLUMNS,
    measures=MEASURES,
)
