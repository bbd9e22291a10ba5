"""The core's commands, one module each: `add_arguments(parser)` and `main(args, plugins)`."""
