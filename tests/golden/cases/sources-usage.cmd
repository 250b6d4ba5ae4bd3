provscan sources; echo $?
provscan sources start out; echo $?
provscan sources init; echo $?
provscan sources check; echo $?
provscan sources init a b; echo $?
provscan sources check a --output b; echo $?
provscan sources init a --as-of 2025-01-01; echo $?
provscan sources check a --as-of soon; echo $?
provscan sources init nowhere; echo $?
provscan sources check nowhere.json; echo $?
