"""Parts of the command line that the core's commands and those of applications share."""
