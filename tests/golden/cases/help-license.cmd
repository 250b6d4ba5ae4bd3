provscan help license >a && provscan license --help | cmp - a && cat a
