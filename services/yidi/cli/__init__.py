"""The command line: thin, one file a command. What it shows comes from below; here it only becomes text."""
