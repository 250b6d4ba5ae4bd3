dataset d; scan d --exclude "*" -o out
