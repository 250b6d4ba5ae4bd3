dataset d; scan d/a.txt -o out
