dataset d
printf -- "-----BEGIN RSA PRIV%s\n" "ATE KEY-----" >d/key.pem
for i in 1 2 3 4; do echo "MIIEpAIBAAKCAQEAx7wq0n3cC1s9vTn0q7xgq1Kq9t0m2k5s8u1w4y7A0D3G6J9M"; done >>d/key.pem
echo "-----END RSA PRIVATE KEY-----" >>d/key.pem
scan d -p strict -o out
