#!/usr/bin/env python3
"""Writes manual pages from what the command says of itself: saferl.1, and one for each of its commands.

  packaging/manual.py BINARY FOLDER
"""

import json
import re
import subprocess
import sys
from pathlib import Path


def escaped(text):
    """A text in which nothing is a request of roff."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def paragraphs(text):
    """Lines of roff for a discussion: paragraphs are filled, indented lines stay as they are."""
    lines, is_plain = [], False
    for line in text.split("\n"):
        indented = line.startswith("  ")
        if indented != is_plain:
            lines += [".PP", ".nf"] if indented else [".fi", ".PP"]
            is_plain = indented
        lines.append(escaped(line) if line.strip() else ".PP")
    return lines + ([".fi"] if is_plain else [])


def spelling(argument):
    """How an argument is written, in bold what is typed and in italics what is replaced."""
    value = f"\\fI{escaped(argument['valueName'])}\\fR"
    if argument["kind"] == "positional":
        return value
    names = [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument["names"]]
    typed = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
    return typed if argument["kind"] == "flag" else f"{typed} {value}"


def described(argument):
    """What an argument says, with its default and values."""
    text = [argument.get("abstract", ""), argument.get("discussion", "")]
    if "defaultValue" in argument and argument["kind"] != "flag":
        text.append(f"Default: {argument['defaultValue']}.")
    if argument.get("allValues") and not argument.get("abstract"):
        text.append(f"One of {', '.join(argument['allValues'])}.")
    return escaped(" ".join(" ".join(text).split()))


def page(command, words, version):
    """The page of a command that is called by some words."""
    name = "-".join(words)
    shown = [argument for argument in command.get("arguments", []) if argument["shouldDisplay"]]
    inner = [other for other in command.get("subcommands", []) if other["shouldDisplay"] and other["commandName"] != "help"]
    lines = [f'.TH "{escaped(name.upper())}" "1" "" "saferl {escaped(version)}" "saferl"', ".SH NAME"]
    lines.append(f"{escaped(name)} \\- {escaped(command['abstract'].rstrip('.'))}")
    lines += [".SH SYNOPSIS", f"\\fB{escaped(' '.join(words))}\\fR"]
    if inner:
        lines[-1] += " \\fIcommand\\fR"
    for argument in shown:
        if {name["name"] for name in argument.get("names", [])} & {"help", "version"}:
            continue
        written = spelling({**argument, "names": [argument["preferredName"]]} if "preferredName" in argument else argument)
        written += " ..." if argument["isRepeating"] else ""
        lines.append(f"[{written}]" if argument["isOptional"] else written)
    if command.get("discussion"):
        lines += [".SH DESCRIPTION", *paragraphs(command["discussion"])]
    for title, kinds in (("ARGUMENTS", ("positional",)), ("OPTIONS", ("option", "flag"))):
        chosen = [argument for argument in shown if argument["kind"] in kinds]
        if chosen:
            lines.append(f".SH {title}")
        for argument in chosen:
            lines += [".TP", spelling(argument), described(argument)]
    if inner:
        lines.append(".SH COMMANDS")
        for other in inner:
            lines += [".TP", f"\\fB{escaped('-'.join([*words, other['commandName']]))}\\fR(1)", escaped(other["abstract"])]
    if len(words) > 1:
        lines += [".SH SEE ALSO", f"\\fB{escaped('-'.join(words[:-1]))}\\fR(1)"]
    return "\n".join(lines) + "\n"


def pages(command, words, version):
    """File name and text of every page."""
    yield "-".join(words) + ".1", page(command, words, version)
    for other in command.get("subcommands", []):
        if other["shouldDisplay"] and other["commandName"] != "help":
            yield from pages(other, [*words, other["commandName"]], version)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: packaging/manual.py BINARY FOLDER")
    binary, folder = sys.argv[1], Path(sys.argv[2])
    told = [subprocess.run([binary, word], check=True, capture_output=True, text=True).stdout
            for word in ("--experimental-dump-help", "--version")]
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(json.loads(told[0])["command"], ["saferl"], told[1].split()[1]):
        (folder / name).write_text(text)


main()
