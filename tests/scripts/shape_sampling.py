# SPDX-License-Identifier: Apache-2.0
"""A random text for a pattern of detector files (the language is described in src/base/shape.h)."""
import re

TOKEN = re.compile(r"\\x[0-9A-Fa-f]{2}|\\.|.", re.S)
NAMED = {"\\d": "0123456789", "\\s": " ", "\\w": "abcXYZ019_", "\\t": "\t", "\\n": "\n"}


def characters(token):
    if token in NAMED:
        return NAMED[token]
    if token.startswith("\\x"):
        return chr(int(token[2:], 16))
    return token[-1] if token.startswith("\\") else token


def members(body):
    tokens, chosen, i = TOKEN.findall(body), "", 0
    while i < len(tokens):
        if i + 2 < len(tokens) and tokens[i + 1] == "-":
            chosen += "".join(map(chr, range(ord(characters(tokens[i])), ord(characters(tokens[i + 2])) + 1)))
            i += 3
        else:
            chosen += characters(tokens[i])
            i += 1
    return chosen


def count(rest, rng):
    """How often, and how many characters of the pattern said so."""
    if rest[:1] == "?":
        return rng.randint(0, 1), 1
    if rest[:1] in ("+", "*"):
        return rng.randint(rest[0] == "+", 6), 1
    if rest[:1] == "{":
        low, comma, high = rest[1:rest.index("}")].partition(",")
        return rng.randint(int(low), int(high) if high else int(low) + 8 * bool(comma)), rest.index("}") + 1
    return 1, 0


def sample(pattern, rng):
    out, at = "", 0
    while at < len(pattern):
        token = TOKEN.match(pattern, at).group()
        if token == "(":
            end = pattern.index(")", at)
            piece = rng.choice(pattern[at + 1:end].split("|"))
            at = end + 1
            times, used = count(pattern[at:], rng)
            out += "".join(sample(piece, rng) for _ in range(times))
            at += used
            continue
        if token == "[":
            end = at + 1
            while pattern[end] != "]" or pattern[end - 1] == "\\":
                end += 1
            body, at = pattern[at + 1:end], end + 1
            chosen = "".join(map(chr, range(33, 127))) if body.startswith("^") else members(body)
            if body.startswith("^"):
                chosen = "".join(c for c in chosen if c not in members(body[1:]))
        else:
            at += len(token)
            chosen = "abc" if token == "." else characters(token)
        times, used = count(pattern[at:], rng)
        out += "".join(rng.choice(chosen) for _ in range(times))
        at += used
    return out
