"""Forms of health: they read what was typed; domain functions say what is wrong with it."""
