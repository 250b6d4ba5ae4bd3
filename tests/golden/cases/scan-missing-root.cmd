dataset d; scan d nowhere -o out; echo $?; ls
