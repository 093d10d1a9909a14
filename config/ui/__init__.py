"""What every page is made of: tags, charts, figures as words, toasts, the frame's context."""
