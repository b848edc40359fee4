# SPDX-License-Identifier: Apache-2.0
# messages_table.awk — the tables of doc/messages.md from the lines of messages.awk.
function cell(s)
{
    gsub(/\|/, "\\|", s)
    gsub(/</, "\\&lt;", s)
    gsub(/\*/, "\\*", s)
    gsub(/_/, "\\_", s)
    return s
}
# Where the remedy begins: after the first "; ", ". ", "? " or ": discern"; "..." is no full stop.
function split_at(s)
{
    gsub(/\.\.\./, "\001\001\001", s)
    return match(s, /; |[.?] |: discern /) ? RSTART : 0
}
BEGIN {
    FS = "\t"
    n = split("cli data models graph/cog task train fit plot report engine graph base", rooms, " ")
    title["cli"] = "The command line"
    title["data"] = "Tables of trials and splits"
    title["models"] = "Models: names, settings, options"
    title["graph/cog"] = "Models as texts (.cog)"
    title["task"] = "Tasks and simulations"
    title["train"] = "Configs, runs, checkpoints, training"
    title["fit"] = "Estimates, comparisons, filters, recovery"
    title["plot"] = "Figures"
    title["report"] = "Reports"
    title["engine"] = "Engines"
    title["graph"] = "Cells"
    title["base"] = "Files, memory, settings"
    code["USAGE"] = 2
    code["MEMORY"] = "1, memory"
    code["IO"] = "1, system"
    code["STOPPED"] = "130, 143"
}
$2 == "DEFECT" { next }
{
    room = $1
    sub(/^src\//, "", room)
    sub(/\/[^\/]*$/, "", room)
    if (seen[room, $4]++) next
    at = split_at($4)
    what = at ? substr($4, 1, at - 1) : $4
    todo = at ? substr($4, at + 2) : ""
    rows[room] = rows[room] "| " cell(what) " | " cell(todo) " | " \
        ($2 in code ? code[$2] : 1) " |\n"
    total++
}
END {
    for (i = 1; i <= n; i++)
        if (rows[rooms[i]] != "")
            printf "## %s\n\n| it says | what to do | exit code |\n|---|---|---|\n%s\n", \
                title[rooms[i]], rows[rooms[i]]
    for (room in rows) if (!(room in title)) print "unknown room " room >"/dev/stderr"
}
