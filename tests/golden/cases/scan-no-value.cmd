provscan scan x --output
