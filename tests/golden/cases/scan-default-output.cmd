dataset d; scan d -q; ls
