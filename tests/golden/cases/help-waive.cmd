provscan waive --help
