provscan sample; echo $?
provscan sample nowhere; echo $?
provscan sample --n 0 out; echo $?
provscan sample --n 12x out; echo $?
provscan sample --plan iso out; echo $?
dataset d; scan d -q -o out
provscan sample --marks none.csv out; echo $?
provscan sample out; echo $?
head -1 out/sample.csv
provscan sample --marks none.csv out; echo $?
provscan sample --marks out/sample.csv out; echo $?
