for command in "help" "version" "license LICENSE" "policy list"; do
  cp -n "$SOURCE/LICENSE" .
  code=0; provscan $command >/dev/full || code=$?
  echo "$command: $code"
done
