provscan report; provscan report a b; provscan report --bogus a; provscan report --format x a; provscan report --lang fr a; provscan report --format
