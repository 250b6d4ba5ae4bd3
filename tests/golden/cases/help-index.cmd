provscan help index >a && provscan index --help | cmp - a && cat a
