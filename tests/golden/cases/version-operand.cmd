provscan version --json x
