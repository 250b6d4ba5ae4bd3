scan --no-sandbox --require-sandbox x
