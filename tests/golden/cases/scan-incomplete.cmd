dataset d; gzip -k d/a.txt; truncate -s 20 d/a.txt.gz; scan d -o out
