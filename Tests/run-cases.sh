#!/usr/bin/env bash
# Runs every check of a folder of cases against a program: Tests/run-cases.sh PROGRAM FOLDER
# A case is a folder with `check` or `check.py`, which takes the program and exits with 0 where its promise holds.
set -uo pipefail
program=$(realpath "$1")
folder=$(realpath "$2")
passed=0
failed=0
for check in "$folder"/*/check "$folder"/*/check.py; do
    [ -f "$check" ] || continue
    case $check in
        *.py) run=(python3 -B "$check" "$program") ;;
        *) run=(bash "$check" "$program") ;;
    esac
    if told=$("${run[@]}" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s: %s\n' "$(basename "$(dirname "$check")")" "${told##*$'\n'}"
    fi
done
printf 'Cases: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
