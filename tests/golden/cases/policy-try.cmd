printf "no\n-----BEGIN RSA PRIVATE KEY-----\n" | provscan policy try secret.test; provscan policy try nothing
