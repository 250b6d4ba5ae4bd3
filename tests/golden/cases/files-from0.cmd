dataset d; dataset "e e"
printf "d/a.txt\0e e\0" >list
scan --files-from0 list -q -o out; echo $?
sqlite3 out/scan.db "SELECT root, CAST(path AS TEXT) FROM unit ORDER BY 1, 2"
scan --files-from0 - -q -o out2 <list; echo $?
cmp out/manifest.json out2/manifest.json
