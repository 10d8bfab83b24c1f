#!/usr/bin/env python3
"""Writes the steps of postgres.sql ("-- step N") as C strings: postgres_sql.py INPUT OUTPUT"""
import re
import sys


def main():
    source, output = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        steps = re.split(r"^-- step \d+\n", file.read(), flags=re.MULTILINE)[1:]
    with open(output, "w", encoding="utf-8") as file:
        file.write('/* Generated from postgres.sql. */\n#include "effect/postgres_sql.h"\n\n')
        file.write("const int postgres_step_count = %d;\n" % len(steps))
        file.write("const char *const postgres_steps[] = {\n")
        for step in steps:
            for line in step.splitlines():
                text = line.split(" --")[0].rstrip()
                if text:
                    file.write('    "%s\\n"\n' % text.replace("\\", "\\\\").replace('"', '\\"'))
            file.write("    ,\n")
        file.write("};\n")


main()
