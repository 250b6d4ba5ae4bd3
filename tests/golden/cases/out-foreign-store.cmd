dataset d
mkdir out
echo "not a database, but long enough to look like one" >out/scan.db
scan d -o out
sqlite3 other.db "CREATE TABLE t (x)"; mkdir out2; mv other.db out2/scan.db
scan d -o out2
