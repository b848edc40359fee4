# SPDX-License-Identifier: Apache-2.0
# manpage.awk — a manual page from `discern --help` or `discern VERB --help`:
#   discern fit --help | awk -v name="discern fit" -v version=0.1.0 -v others="discern-eval ..." -f ...
function escape(s)
{
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    if (s ~ /^[.']/) s = "\\&" s
    return s
}
function section(title)
{
    print ".SH " toupper(title)
    part = title
    open = 0
}
# "-o, --output RUN  what it is": what is written in bold, then its meaning
function item(line,    cut)
{
    sub(/^ +/, "", line)
    cut = match(line, /   *[^ ]/)
    print ".TP"
    spoken = 1
    print "\\fB" escape(cut ? substr(line, 1, cut - 1) : line) "\\fR"
    if (cut) print escape(substr(line, cut + RLENGTH - 1))
}
BEGIN {
    page = name
    gsub(/ /, "-", page)
    printf ".TH %s 1 \"\" \"discern %s\" \"discern\"\n", escape(toupper(page)), version
}
NR == 1 { first = $0; if (first ~ /^usage: /) usage = first; next }
!named && /^$/ { next }
!usage && /^usage: / { usage = $0; next }
!named {
    summary = usage == first ? $0 : first
    sub(/^discern [^:]*: /, "", summary)
    sub(/\.$/, "", summary)
    section("name")
    print escape(page) " \\- " escape(summary)
    section("synopsis")
    sub(/^usage: /, "", usage)
    print ".B " escape(usage)
    section("description")
    named = 1
    if (usage == substr(first, 8)) next
}
/^(Options|Common options|Exit codes)$/ { section($0 == "Exit codes" ? "Exit status" : $0); next }
/^Example$/ { section("examples"); print ".nf"; literal = 1; next }
literal { sub(/^  /, ""); print escape($0); next }
/^$/ { if (part == "description" && spoken) pending = 1; next }
/^ /{
    if (part != "description" || /^  [a-z]/) {
        if (/^            /) { sub(/^ +/, ""); print escape($0) }
        else item($0)
        next
    }
}
{
    if (pending) print ".PP"
    pending = 0
    spoken = 1
    print escape($0)
}
END {
    if (literal) print ".fi"
    if (others) {
        print ".SH SEE ALSO"
        n = split(others, other, " ")
        for (i = 1; i <= n; i++)
            if (other[i] != page) printf "%s.BR %s (1)", printed++ ? ",\n" : "", escape(other[i])
        print ""
    }
}
