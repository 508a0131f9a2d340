"""Tables for people, as plain text."""
