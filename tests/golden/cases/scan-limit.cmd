provscan scan x --limit depth; provscan scan x --limit depth=x; provscan scan x --limit depth=100; provscan scan x --limit bogus=1
