# The libraries differ from machine to machine, their names do not.
provscan version
provscan -V
provscan --version --json | jq -c "{provscan, libraries: (.libraries | keys), numbers: ([.libraries[] | test(\"^[0-9][0-9.a-z]*$\")] | all)}"
