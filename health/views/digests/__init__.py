"""The daily digest, in the app and as a mail."""
