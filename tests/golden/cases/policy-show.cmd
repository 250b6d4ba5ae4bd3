provscan policy show secret.test; provscan policy show core.read; provscan policy show strict; provscan policy show nothing
