dataset d; scan d -q -o deep/er/out; echo $?; ls deep/er/out
