: >none
scan --files-from0 none
printf "\0\0" >blank
scan --files-from0 blank
scan --files-from0 nowhere
scan --files-from0 .
printf "gone\0" >list
scan --files-from0 list
