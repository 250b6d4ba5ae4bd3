dataset d; scan d -o out; echo $?; ls out
