: >a; scan a -o out
