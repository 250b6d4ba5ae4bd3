provscan judge; provscan judge a b; provscan judge --bogus a; provscan judge --as-of; provscan judge a --lang fr; provscan judge a --color x; provscan judge a --format x
