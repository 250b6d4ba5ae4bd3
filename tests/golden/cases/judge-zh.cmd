dataset d; echo "no gif" >d/x.gif; scan d -q -o out; provscan judge out -p strict --as-of 2025-06-01 --lang zh
