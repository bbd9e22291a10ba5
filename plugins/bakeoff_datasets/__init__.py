"""Where data come from: sets with fixed names, and files of the user's own."""
