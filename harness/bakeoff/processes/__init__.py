"""Start child processes, end them, and measure the resources that they use."""
