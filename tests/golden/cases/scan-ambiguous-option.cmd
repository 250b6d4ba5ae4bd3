scan --pol x
