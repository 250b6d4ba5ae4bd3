dataset d; scan d -v -p strict -o out
