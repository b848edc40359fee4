# SPDX-License-Identifier: Apache-2.0
# embed.awk - writes page.css and page.js as the C texts that report/internal.h declares.
BEGIN { print "extern const char report_style[], report_script[];" }
FNR == 1 {
    if (NR > 1) print "    ;"
    printf "const char %s[] =\n", FILENAME ~ /\.css$/ ? "report_style" : "report_script"
}
{
    gsub(/\\/, "&&")
    gsub(/"/, "\\\"")
    printf "    \"%s\\n\"\n", $0
}
END { print "    ;" }
