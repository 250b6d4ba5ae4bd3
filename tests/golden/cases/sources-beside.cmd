dataset d
mkdir d/sub
echo "[]" >d/provscan.sources.json
scan d -q -o out; echo $?
jq -c .sources out/manifest.json
echo "[{" >d/provscan.sources.json
scan d -q -o out
