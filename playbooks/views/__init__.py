"""Pages of playbooks, their tasks, and the day."""
