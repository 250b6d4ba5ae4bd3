dataset d; scan d -q -o out
