provscan $'\e[2Jbogus'
