dataset d; echo "no gif" >d/x.gif; scan d -p strict -o out
