provscan bogus
