provscan index; provscan index bogus x; provscan index spdx x; provscan index spdx nowhere -o x.pfi; mkdir d; provscan index spdx d -o x.pfi; provscan index spdx d -o
