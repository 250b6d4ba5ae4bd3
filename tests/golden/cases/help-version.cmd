provscan help version >a && provscan version --help | cmp - a && cat a
