dataset d; scan d -o /proc/provscan
