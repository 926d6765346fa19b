#!/usr/bin/env python3
"""Is every message of POLAR explained?  python3 doc/check_messages.py [ROOT]

Takes from the sources all texts that a user may see as an error or a warning, and from the manual all
messages that stand, as `code`, in the first column of a table. `...` in the manual stands for any text.
A message is explained if an entry matches it: the parts between the `...` must occur in it, in order.
Reports messages without an entry: then the status is 1. Also entries of troubleshooting.md without a message.

Taken are all string literals of src/ that read like a sentence or are the format of polar_fail(), and the
errors of the converter, of cmake/setup.sh and of CMake. Whatever else reads like one and is not a message must be listed below.
"""
import glob
import os
import re
import sys

root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")

# sentence-like literals that are no messages: output to logs and files, citations, descriptions
NO_MESSAGE = [
    r"@Article", r"^ITEM:", r"^\\nITEM", r"^# ", r"\\n$", r"^, ",      # citations, headings of files, log lines
    r"^ all (eap/sites|STORE/ATOM)",                                # commands for LAMMPS
    r"^[a-z][a-z-]*ing [A-Za-z -]+$",                               # what memory was wanted for: 'Out of memory while ...'
    r"^(the )?(power|number|size|degrees|channels|rate|distance|exponent|width) of [a-z ]+$",  # names of numbers in a file
    r"^(kept|chosen anew) .*\(kset",                                # part of a log line
    r"^for wave vectors up to ", r"^the order of the assignment$",   # ends of a message
    r"message passing layer\(s\)$", r"interaction split at",           # log lines of pair styles
    r"sparse points (of|from) ", r"^ \((a part of them|no more are)",   # report of a fit
    r"<Potential label=",                                             # a file that is written
    r"^SYSTEM\.xml, ",                                                # names of files within a message
]
NO_MESSAGE_FILES = {"plugin/styles.cpp": r"^(?!plugin/host)"}        # one-line descriptions of styles

TOKEN = re.compile(r'''(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<directive>^[ \t]*\#[^\n]*(?:\\\n[^\n]*)*)
  |(?P<string>"(?:\\.|[^"\\\n])*")|(?P<char>'(?:\\.|[^'\\\n])+')|(?P<space>\s+)|(?P<macro>PRI[a-z]+[0-9]*)
  |(?P<name>[A-Za-z_]\w*)|(?P<other>.)''', re.S | re.M | re.X)
CALLS = {"polar_fail", "polar_fail_at"}


def literals(path):
    """(line, text, functions that are being called, whether the first of its call) of all string literals,
    adjacent ones joined"""
    with open(path) as file:
        text = file.read()
    line, out, open_calls, used, name, current = 1, [], [], [], "", None
    for m in TOKEN.finditer(text):
        kind, token = m.lastgroup, m.group()
        if kind == "string":
            if current is None:
                current = [line, "", tuple(open_calls), not (used and used[-1])]
                if used:
                    used[-1] = True
            current[1] += token[1:-1]
        elif kind == "macro" and current is not None:
            current[1] += "d"
        elif kind not in ("space", "comment", "directive", "macro"):
            if current is not None:
                out.append(tuple(current))
                current = None
            if kind == "name":
                name = token
            elif token == "(":
                open_calls.append(name)
                used.append(False)
                name = ""
            else:
                if token == ")" and open_calls:
                    open_calls.pop()
                    used.pop()
                name = ""
        line += token.count("\n")
    return out


def plain(text):
    """The text as a user sees it, with \\0 for what is filled in"""
    text = re.sub(r"%[-+ #0]*(\*|[0-9]*)(\.(\*|[0-9]*))?(hh|ll|[hlzjt])?[a-zA-Z]", "\0", text)
    text = re.sub(r"\{[^{}]*\}", "\0", text).replace("%%", "%").replace("{{", "{").replace("}}", "}")
    return text.replace('\\"', '"').replace("\\'", "'").replace("\\n", "").strip()


def messages():
    for path in sorted(glob.glob(os.path.join(root, "src", "*", "*.[ch]*"))):
        short = os.path.relpath(path, os.path.join(root, "src"))
        for line, text, calls, first in literals(path):
            words = re.findall(r"[A-Za-z]{2,}", plain(text))
            sentence = len(words) >= 4 and text.count(" ") >= 3
            if {"logmesg", "static_assert", "_Static_assert"} & set(calls) or not (sentence or first and calls and calls[-1] in CALLS and len(words) >= 2):
                continue
            if any(re.search(p, text) for p in NO_MESSAGE) or re.search(NO_MESSAGE_FILES.get(short, r"^\0"), text):
                continue
            yield "src/%s:%d" % (short, line), plain(text)
    for path in sorted(glob.glob(os.path.join(root, "cmake", "*")) + [os.path.join(root, "CMakeLists.txt")]):
        if not os.path.isfile(path):
            continue
        with open(path) as file:
            for number, line in enumerate(file, 1):
                m = re.search(r'(?:\bfail|FATAL_ERROR) "((?:\\.|[^"\\])*)"', line)
                if m:
                    yield "%s:%d" % (os.path.relpath(path, root), number), re.sub(r"\$(\{\w+\}|\w+|\*)", "\0", m.group(1))
    for path in sorted(glob.glob(os.path.join(root, "potentials", "convert", "*.py"))):
        with open(path) as file:
            for number, line in enumerate(file, 1):
                m = re.search(r'(?:raise \w+|fail|refuse|exit)\(f?"((?:\\.|[^"\\])*)"', line)
                if m and len(re.findall(r"[A-Za-z]{2,}", plain(m.group(1)))) >= 2:
                    yield "%s:%d" % (os.path.relpath(path, root), number), plain(m.group(1))


def entries(path):
    """(line, pattern) of all code in the first column of tables; LAMMPS' own messages are left out"""
    with open(path) as file:
        for number, line in enumerate(file, 1):
            if line.startswith("|"):
                for m in re.finditer(r"`([^`]+)`( \(LAMMPS\))?", line.split("|")[1]):
                    if not m.group(2):
                        yield number, m.group(1)


def matches(pattern, message):
    if pattern == re.sub("\0+", "...", message):
        return True
    parts = [part.strip() for part in pattern.split("...")]
    place = 0
    for part in parts:
        place = message.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return max(map(len, parts)) >= 9  # words that are not in every other message


def main():
    texts = list(messages())
    known = [(os.path.relpath(page, root), number, pattern)
             for page in sorted(glob.glob(os.path.join(root, "doc", "*.md"))) for number, pattern in entries(page)]
    missing = [(place, text) for place, text in texts if not any(matches(p, text) for _, _, p in known)]
    stale = [(page, number, pattern) for page, number, pattern in known
             if page.endswith("troubleshooting.md") and not any(matches(pattern, text) for _, text in texts)]
    for place, text in missing:
        print("no entry in the manual: %s: %s" % (place, text.replace("\0", "...")))
    for page, number, pattern in stale:
        print("no message like this: %s:%d: %s" % (page, number, pattern))
    print("%d messages, %d entries, %d messages without an entry, %d entries without a message"
          % (len(texts), len(known), len(missing), len(stale)))
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
