dataset d; scan d --exclude "*.jsonl" --exclude nothing -v -o out; sqlite3 out/scan.db "SELECT kind, CAST(path AS TEXT) FROM unit ORDER BY path"
