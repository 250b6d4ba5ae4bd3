provscan scan --progress=sometimes x; provscan scan --color=no x; provscan scan --lang fr x
