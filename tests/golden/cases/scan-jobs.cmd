provscan scan -j 0 x; provscan scan -j many x; provscan scan -j 257 x
