dataset d
scan d -q --progress always -o out 2>&1 | wc -c # -q wins
scan d --fresh --progress always -o out 2>&1 >/dev/null | tr "\r" "\n" | sed "s/[0-9.]* [kM]*B\/s.*/RATE/" | tail -1 | od -c | head -1
scan d --fresh -o out 2>&1 >/dev/null | wc -c
