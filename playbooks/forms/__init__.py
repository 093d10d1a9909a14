"""Forms of playbooks: they check what came in; domain functions write."""
