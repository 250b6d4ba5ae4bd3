# One line for each mistake: file, line, place and reason.
copy() { rm -rf p; cp -rL "$PROVSCAN_POLICIES" p; }
try() { provscan policy check p; echo "check: $?"; }
dataset d
copy; rm -r p/packs; try
copy; echo "{" >p/packs/core.json; try
copy; sed -i "s/is_complete = 0/is_complet = 0/" p/packs/core.json; try
copy; sed -i "s/is_complete = 0/1; DROP TABLE item/" p/packs/core.json; try
copy; sed -i "s/\"review\"/\"maybe\"/" p/packs/core.json; try
copy; sed -i "s/fails_when/fails_wen/" p/packs/strict.json; try
copy; sed -i "s/conform/not_conform/" p/packs/core.json; try
copy; sed -i "s/^    \"core\"/    \"nope\"/" p/packs/strict.json; try
copy; sed -i "s/secret.test/Secret Test/" p/detectors/test.json; try
copy; sed -i "s/key_block/key_blok/" p/detectors/test.json; try
copy; printf "\377" >>p/detectors/test.json; try
copy; echo "{" >p/packs/core.json; scan d --policies p -o out; echo "scan: $?"
copy; rm p/licenses/spdx.pfi; scan d --policies p -o out; echo "scan: $?"
