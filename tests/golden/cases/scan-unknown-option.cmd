scan --bogus x
