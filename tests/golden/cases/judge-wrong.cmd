dataset d; scan d -q -o out; provscan judge out -p nope; provscan judge out -p core --purpose fun; provscan judge out -p core --as-of 2025-02-30; provscan judge out -p core --sources nope
