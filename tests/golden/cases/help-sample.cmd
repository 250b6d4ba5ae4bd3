provscan sample --help
