mkdir d; scan d -o out
