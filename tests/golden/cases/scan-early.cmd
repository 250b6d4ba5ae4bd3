# Slips of the pen are told before anything is read or made.
dataset d
scan d -o out -p nope
scan d -o out --format pdf
scan d -o out --purpose fun
scan d -o out --sources nope.json
provscan scan d -o out --as-of yesterday
scan d -o out --policies nope
ls
