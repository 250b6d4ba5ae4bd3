dataset d
mkdir d/skip; echo s >d/skip/s; echo l >d/x.log; echo keep >d/keep.log
printf "# comment\nskip/\n*.log\n!keep.log\n" >d/.provscanignore
scan d -v -o out
sqlite3 out/scan.db "SELECT kind, CAST(path AS TEXT) FROM unit ORDER BY path"
