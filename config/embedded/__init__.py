"""PostgreSQL and Redis out of wheels, for a machine that has no server of its own.

Both run in the foreground as children of whoever starts them and end with it; commands share a keeper's. All they write lies in
``<LOCAL_DIR>/servers``; their passwords lie beside it, readable by the owner only.
"""

from config.embedded.holding import AlreadyRunning
from config.embedded.servers import Servers, local_folder
from config.embedded.sharing import environment
from config.embedded.trouble import Trouble

__all__ = ["AlreadyRunning", "Servers", "Trouble", "environment", "local_folder"]
