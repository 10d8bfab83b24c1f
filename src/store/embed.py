#!/usr/bin/env python3
"""Writes a text file into a C string: embed.py INPUT OUTPUT NAME"""
import sys


def main():
    source, output, name = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        lines = file.read().splitlines(keepends=True)
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for line in lines]
    with open(output, "w", encoding="utf-8") as file:
        file.write("/* Generated from schema.sql. */\n")
        file.write("extern const char %s[];\nconst char %s[] =\n" % (name, name))
        file.write("\n".join('    "%s"' % line for line in escaped))
        file.write(";\n")


main()
