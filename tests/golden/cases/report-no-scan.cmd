mkdir d; provscan report d; provscan report nowhere
