# SPDX-License-Identifier: Apache-2.0
# messages_unprovoked.awk — which formats (messages.awk, the first file) match no sentence of the second,
# which has each once (mawk 1.3.4 dies of an array of them all):
# the pieces between the conversions must stand in it one after the other.
BEGIN { FS = "\t" }
NR == FNR {
    n++
    place[n] = $1
    status[n] = $2
    format = $3
    shown[n] = $4
    gsub(/%%/, "\001", format)
    count[n] = split(format, part, /%[-+ #0-9.*]*(hh|h|ll|l|z|j|t)?[a-zA-Z]/)
    for (k = 1; k <= count[n]; k++) {
        gsub(/\001/, "%", part[k])
        piece[n, k] = part[k]
        if (length(part[k]) > length(longest[n])) longest[n] = part[k]
    }
    next
}
{
    for (i = 1; i <= n; i++) {
        if (found[i] || !index($0, longest[i])) continue
        rest = $0
        for (k = 1; k <= count[i]; k++) {
            at = index(rest, piece[i, k])
            if (piece[i, k] != "" && !at) break
            rest = substr(rest, at + length(piece[i, k]))
        }
        if (k > count[i]) found[i] = 1
    }
}
END {
    for (i = 1; i <= n; i++) if (!found[i]) { print place[i] "\t" status[i] "\t" shown[i]; missing++ }
    printf "%d of %d sentences are provoked by a test\n", n - missing, n >"/dev/stderr"
}
