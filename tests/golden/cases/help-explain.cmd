provscan help explain >a && provscan explain --help | cmp - a && cat a
