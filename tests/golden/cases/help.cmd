provscan help
