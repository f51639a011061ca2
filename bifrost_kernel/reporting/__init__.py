"""Reports: notebooks that are executed whole, proved complete, and kept."""
