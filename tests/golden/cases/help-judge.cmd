provscan help judge >a && provscan judge --help | cmp - a && cat a
