"""Start a child process, and watch its memory, its files and its state."""
