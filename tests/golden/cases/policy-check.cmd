provscan policy check
