# Escapes only where a terminal is, or where they are asked for; the progress line too.
dataset d
scan d -o out >plain; scan d -o out --color always >colored; NO_COLOR=1 scan d -o out --color always | cmp - colored
grep -c "$(printf "\033")" plain colored
script -qec "provscan scan d -p core --as-of 2025-06-01 -o out" /dev/null | tr -d "\r" | grep -c "$(printf "\033\[1m")"
NO_COLOR=1 script -qec "provscan report out" /dev/null | grep -c "$(printf "\033")"
