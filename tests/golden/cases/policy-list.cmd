provscan policy list
