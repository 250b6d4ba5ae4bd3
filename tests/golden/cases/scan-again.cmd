dataset d
scan d -q -o out; echo $?
echo "no gif" >d/x.gif
scan d -q -p strict -o out; echo $?
scan d -q -p strict -o out --fresh; echo $?
