provscan help bogus
