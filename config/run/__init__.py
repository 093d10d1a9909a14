"""``make run``: servers, migrations, first data, then web server, relay, worker and beat as one group."""
