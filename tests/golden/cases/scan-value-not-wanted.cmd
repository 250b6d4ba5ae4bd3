scan --quiet=3 x
