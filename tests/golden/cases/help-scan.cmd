provscan help scan >a && provscan scan --help | cmp - a && cat a
