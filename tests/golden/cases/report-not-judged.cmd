# The scan was stopped before it was judged.
dataset d; scan d -q -o out
sqlite3 out/scan.db "DELETE FROM meta WHERE key GLOB 'judge.*'"
provscan report out
