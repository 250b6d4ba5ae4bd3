dataset d; echo "no gif" >d/x.gif
scan d -q -o out; echo $?
rm -r d
provscan judge out -p strict --as-of 2025-06-01; echo $?
provscan judge out -q -p core --as-of 2025-06-01; echo $?
jq -r .verdict out/manifest.json
