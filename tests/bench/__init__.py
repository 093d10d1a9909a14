"""Speed as ratios: ``python -m tests.bench [--only NAME]``, called by ``make bench``.

To add one: a module ``bench_<name>.py`` here with ``BENCHES``, a list of ``Bench``. Each one's ``run`` gets the
``Ground`` (a scratch database) and answers the seconds of ours and of its floor; ``ground.race`` times both.
"""
