mkdir d; provscan judge d; provscan judge nowhere; provscan judge ""
