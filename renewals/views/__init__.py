"""Pages of renewals, thin: they scope, call the domain and answer."""
