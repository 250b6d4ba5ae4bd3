dataset d
mkdir d/closed; echo c >d/closed/c; chmod 0 d/closed
if [ "$(id -u)" = 0 ]; then chmod 777 .; run="setpriv --reuid 65534 --clear-groups --"; chmod 755 ..; fi
$run provscan scan d -o out --as-of 2025-06-01 -p core --cache ""; echo $?
$run provscan scan d/closed -o out2 --as-of 2025-06-01 -p core --cache ""; echo $?
