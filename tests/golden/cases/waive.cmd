dataset d
printf -- "-----BEGIN RSA PRIV%s\n" "ATE KEY-----" >d/key.pem
for i in 1 2 3 4; do echo "MIIEpAIBAAKCAQEAx7wq0n3cC1s9vTn0q7xgq1Kq9t0m2k5s8u1w4y7A0D3G6J9M"; done >>d/key.pem
echo "-----END RSA PRIVATE KEY-----" >>d/key.pem
printf 'one' | gzip -n >d/ok.gz && head -c 12 d/ok.gz >d/cut.gz
mkdir copy && cp d/cut.gz d/tree/same.gz
scan d -q -o out -p strict; echo "scan $?"
jq -r '.results[] | select(.conformity == "not_conform") | "\(.rule) \(.level) \(.verdict)"' out/manifest.json
by="--approver A.Lawyer --granted 2025-05-01"
provscan waive out strict.sound d/cut.gz --reason r $by --expires 2025-12-31; echo $?
provscan waive out strict.sound a.txt --reason r $by --expires 2025-12-31; echo $?
provscan waive out no.rule a.txt --reason r $by --expires 2025-12-31; echo $?
provscan waive out strict.sound cut.gz $by --expires 2025-12-31; echo $?
provscan waive out strict.sound cut.gz --reason r $by --expires 2025-04-30; echo $?
provscan waive out strict.sound cut.gz --reason 'cut by its owner' $by --expires 2025-05-31
provscan waive out strict.sound cut.gz --reason 'cut by its owner, renewed' $by --expires 2025-06-30
provscan waive out strict.keys source:0 --reason 'the key is revoked' $by --expires 2025-06-30
provscan waive out core.read dataset --reason 'as above' $by --expires 2025-06-30
cat out/provscan.waivers.json
provscan judge -q -p strict out --as-of 2025-06-01; echo "judge $?"
provscan waive --list out
provscan report --color never out | head -3
provscan report --color never out | grep '^ *waivers'; provscan report --color never --lang zh out | grep '豁免'
jq -c '.results[] | select(.subjects.waived > 0) | [.rule, .conformity, .verdict, .subjects.not_conform, .subjects.waived]' out/manifest.json
zstdcat out/items.jsonl.zst | jq -c 'select(.waived) | [.locator, .verdict, .not_conform, .waived]'
echo "over:"; provscan judge -q -p strict out --as-of 2025-07-01; echo "judge $?"; provscan waive --list out | head -1
echo "no day:"; provscan judge -q -p strict out; provscan waive --list out | head -1
echo "again:"; scan d -q -o out -p strict; provscan waive --list out
echo "changed:"; printf 'x' >>d/cut.gz; scan d -q -o out -p strict; provscan waive --list out
echo '{"format": "provscan-waivers-1", "waivers": [{"rule": "a"}]}' >bad.json
provscan judge -q -p strict out --waivers bad.json; echo $?
echo "several roots:"; mkdir e && cp d/ok.gz e/ok.gz && cp copy/../d/tree/same.gz e/same.gz
scan d/tree e -q -o out2 -p strict
provscan waive out2 strict.sound same.gz --reason r $by --expires 2025-06-30; echo $?
provscan waive out2 strict.sound e/same.gz --reason r $by --expires 2025-06-30; echo $?
