provscan scan x -j
