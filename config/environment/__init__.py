"""The operator's settings: every environment variable with its type, default and meaning.

The table in ``variables`` is the only place a variable is declared. ``config.settings`` reads it,
``manage.py settings_table`` prints it for the operations guide.
"""

from config.environment.readers import BASE_DIR, MAIL
from config.environment.reading import markdown_rows, read_environment
from config.environment.variables import USUAL_PORT, VARIABLES

__all__ = ["BASE_DIR", "MAIL", "USUAL_PORT", "VARIABLES", "markdown_rows", "read_environment"]
