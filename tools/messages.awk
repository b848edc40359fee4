# SPDX-License-Identifier: Apache-2.0
# messages.awk — the sentences that C sources can fail with: for every call of a function that fails
# (dsc_fail, DSC_REQUIRE, cli_usage, *_fail, fail_*, refuse_*) with a sentence among its arguments a line
#   FILE:LINE <tab> STATUS <tab> FORMAT <tab> the format with the names of its arguments
function is_failing(name)
{
    return name ~ /fail/ || name ~ /^refuse/ || name == "DSC_REQUIRE" || name == "cli_usage" ||
           name == "cli_unknown"
}
# Comments become blanks; newlines stay.
function without_comments(s,    out, n, at)
{
    out = ""
    while (match(s, /\/\/[^\n]*|\/\*|"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/)) {
        out = out substr(s, 1, RSTART - 1)
        at = substr(s, RSTART, RLENGTH)
        s = substr(s, RSTART + RLENGTH)
        if (at == "/*") {
            n = index(s, "*/")
            at = substr(s, 1, n + 1)
            s = substr(s, n + 2)
            gsub(/[^\n]/, "", at)
            out = out " " at
        } else if (at !~ /^\/\//) out = out at
    }
    return out s
}
# Splits what follows "(" into arg[1 ... n] at its own commas; returns n.
function arguments(s,    n, depth, at)
{
    n = 1
    arg[1] = ""
    depth = 1
    while (depth > 0 && match(s, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|[(){},]|\[|\]/)) {
        arg[n] = arg[n] substr(s, 1, RSTART - 1)
        at = substr(s, RSTART, RLENGTH)
        s = substr(s, RSTART + RLENGTH)
        if (at ~ /^[({[]$/) depth++
        if (at ~ /^[)}\]]$/) depth--
        if (at == "," && depth == 1) arg[++n] = ""
        else if (depth > 0) arg[n] = arg[n] at
    }
    return n
}
# The text of neighbouring literals; sets `literal_rest` to what follows them.
function literal(s,    text)
{
    text = ""
    while (match(s, /^[ \n]*"([^"\\]|\\.)*"|^[ \n]*PRI[a-zA-Z0-9]+/)) {
        at_literal = substr(s, RSTART, RLENGTH)
        s = substr(s, RSTART + RLENGTH)
        if (at_literal ~ /PRI/) { text = text "d"; continue }
        sub(/^[ \n]*"/, "", at_literal)
        sub(/"$/, "", at_literal)
        text = text at_literal
    }
    gsub(/\\"/, "\"", text)
    gsub(/\\n/, " ", text)
    literal_rest = s
    return text
}
# How an argument is called in the table: its last name, in capitals.
function name_of(s,    n, part)
{
    if (s ~ /\?/) return "..."
    gsub(/\([a-z_0-9 *]+\)/, "", s)
    gsub(/\[[^\]]*\]/, "", s)
    sub(/\(.*/, "", s)
    n = split(s, part, /[^A-Za-z0-9_]+/)
    while (n > 0 && part[n] == "") n--
    if (n == 0 || part[n] ~ /^[0-9]/ || length(part[n]) < 2) return "..."
    return toupper(part[n])
}
function with_names(format, first, n,    out, k, spec)
{
    out = ""
    k = first
    while (match(format, /%[-+ #0-9.*]*(hh|h|ll|l|z|j|t)?[a-zA-Z%]/)) {
        spec = substr(format, RSTART, RLENGTH)
        out = out substr(format, 1, RSTART - 1)
        format = substr(format, RSTART + RLENGTH)
        if (spec == "%%") { out = out "%"; continue }
        if (spec ~ /\*/) k++
        out = out (k <= n ? name_of(arg[k]) : "...")
        k++
    }
    return out format
}
function status_of(name, n,    i)
{
    for (i = 1; i <= n; i++)
        if (arg[i] ~ /^[ \n]*DSC_(INPUT|USAGE|DEFECT|MEMORY|IO|STOPPED)[ \n]*$/) {
            gsub(/[ \n]|DSC_/, "", arg[i])
            return arg[i]
        }
    return name == "cli_usage" ? "USAGE" : "INPUT"
}
function say(name, place, n,    i, format)
{
    for (i = 1; i <= n; i++) {
        if (arg[i] !~ /^[ \n]*"/) continue
        format = literal(arg[i])
        if (format !~ / / || literal_rest ~ /[^ \n]/) continue
        print place "\t" status_of(name, n) "\t" format "\t" \
            (name ~ /^(dsc_fail|DSC_REQUIRE|cli_usage)$/ ? "" : "... ") with_names(format, i + 1, n)
        return
    }
}
function lines_in(s)
{
    return gsub(/\n/, "", s)
}
function read_file(name,    s, line, text, word)
{
    text = ""
    while ((getline line < name) > 0) text = text line "\n"
    close(name)
    s = without_comments(text)
    line = 1
    while (match(s, /"([^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*[ \n]*\(/)) {
        line += lines_in(substr(s, 1, RSTART + RLENGTH - 1))
        word = substr(s, RSTART, RLENGTH)
        s = substr(s, RSTART + RLENGTH)
        if (word ~ /^"/) continue
        sub(/[ \n]*\($/, "", word)
        if (is_failing(word)) say(word, name ":" line, arguments(s))
    }
}
BEGIN {
    for (i = 1; i < ARGC; i++) read_file(ARGV[i])
}
