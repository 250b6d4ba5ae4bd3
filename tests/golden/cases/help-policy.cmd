provscan help policy >a && provscan policy --help | cmp - a && cat a
