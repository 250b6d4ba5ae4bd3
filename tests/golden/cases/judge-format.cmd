dataset d; scan d -q -o out; provscan judge out -q -p core --as-of 2025-06-01 --format summary,html; ls out; cat out/summary.txt
