"""Run trials in worker processes under limits, and store their results."""
