dataset d; scan d -q -o out
provscan report out --format manifest | cmp - out/manifest.json
provscan report -f html out | cmp - out/report.html
provscan report out
provscan report out >/dev/full
