"""PostgreSQL and Redis from wheels, for a machine without servers of its own.

Both run in the foreground as children of the process that starts them and end with it; commands share those of a
keeper. All their data are in ``<LOCAL_DIR>/servers``; their passwords are beside it, readable by the owner only.
"""

from config.embedded.holding import AlreadyRunning
from config.embedded.servers import Servers, local_folder
from config.embedded.sharing import environment
from config.embedded.trouble import Trouble

__all__ = ["AlreadyRunning", "Servers", "Trouble", "environment", "local_folder"]
