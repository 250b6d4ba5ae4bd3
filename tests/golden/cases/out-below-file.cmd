dataset d; : >out; scan d -o out/deep/er
