mkdir -p set/corpus/news set/corpus/code 'set/corpus/odd*name' && printf 'one\n' >set/corpus/news/a.txt && printf 'write to anna@example.org\n' >set/corpus/news/b.txt
printf '// SPDX-License-Identifier: MIT\nint x;\n' >set/corpus/code/x.c && printf 'two\n' >'set/corpus/odd*name/c.txt' && printf 'a,b\n1,2\n' >set/corpus/d.csv
scan -q set -o out
provscan sources init out
echo "exit $?"
cat out/provscan.sources.json
provscan sources init out
echo "exit $?"
provscan sources check out/provscan.sources.json --scan out | head -12
provscan judge -q -p core out --sources out/provscan.sources.json
provscan sources init out -o other.json
echo "exit $?"
