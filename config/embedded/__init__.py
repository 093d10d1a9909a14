"""PostgreSQL and Redis out of wheels, for a machine that has no server of its own.

Both run in the foreground as children of whoever starts them and end with it. All they write lies in
``<LOCAL_DIR>/servers``; their passwords lie beside it, readable by the owner only.
"""

from config.embedded.servers import AlreadyRunning, Servers, environment, local_folder
from config.embedded.trouble import Trouble

__all__ = ["AlreadyRunning", "Servers", "Trouble", "environment", "local_folder"]
