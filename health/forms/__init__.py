"""Forms of health: they parse what was typed; domain functions validate it."""
