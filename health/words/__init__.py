"""Health in sentences, in the reader's language: states, cases, differences, events, where a customer stands."""
