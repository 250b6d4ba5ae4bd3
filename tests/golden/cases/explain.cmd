# A key in a field of a table, and a finding nobody has heard of.
mkdir data
printf 'name,key_text\nfirst,"-----BEGIN %s PRIVATE KEY-----\nMIIEowIBAAKCAQEAtest0000testtesttesttesttesttest\n-----END %s PRIVATE KEY-----"\n' RSA RSA >data/t.csv
scan data -o out -q >/dev/null || true
provscan explain out secret.test
provscan explain out email
