"""Tsunagu's frame: settings, servers, what every room stands on."""

import os

# A fit over some hundred rows is done before threads of the linear algebra have met: with one it takes a ninth of the
# time, and leaves the other processors to the other members. Read by the libraries when they are first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
