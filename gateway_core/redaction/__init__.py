"""Makes foreign text safe to show: secrets become `[redacted]`, and nothing in it can steer a terminal.

For command lines, log lines and error messages, which anybody may have written. It errs on the side of hiding: a word
too many is lost rather than a token shown. Structure comes before text (`structure`: keys and their siblings in JSON;
`arguments`: the places in a command line), then what a name tells (`named`, `names`), what has a known shape
(`shapes`), and what goes over several lines (`lines`, `keys`). Every pattern is linear in the length of the text.

What stays: ids, digests in hexadecimal, commits, UUIDs, integrity hashes, paths, images in base64 within a line, and
words such as “token mismatch”, “auth: token mode” and “tokens: 532”. A line that is nothing but 40 or more characters
of base64 is taken for a piece of a private key.
"""
