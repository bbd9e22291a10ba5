"""Offer the commands that write a report, one module a command."""
