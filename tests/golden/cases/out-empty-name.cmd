dataset d; scan d -o ""
