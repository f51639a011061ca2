"""What is kept in the home folder: bars, instruments, runs."""
