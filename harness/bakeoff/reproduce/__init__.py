"""Verify, replay, pack and isolate a run."""
