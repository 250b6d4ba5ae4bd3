provscan sources --help
