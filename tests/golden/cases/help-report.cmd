provscan help report >a && provscan report --help | cmp - a && cat a
