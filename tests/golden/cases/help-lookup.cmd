provscan help lookup >a && provscan lookup --help | cmp - a && cat a
