// SPDX-License-Identifier: Apache-2.0
// test_report_browser.c — a report's page in a headless browser (chromium; skipped where there is
// none): report_selftest.js looks at it from within, wide and narrow, light and dark; nothing is
// fetched, nothing goes wrong in its scripts.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/program.h"

static bool has_browser(void)
{
    if (program_run("command -v chromium").code == 0) return true;
    print_message("skipped: there is no chromium\n");
    return false;
}

// The page with a script at its end, as NAME.html.
static void page_with(const char *page, const char *script, const char *name)
{
    char path[64], *text = program_read(page);
    assert_non_null(text);
    char *end = strstr(text, "</body>");
    assert_non_null(end);
    snprintf(path, sizeof path, "%s.html", name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "%.*s%s\n%s", (int)(end - text), text, script, end);
    fclose(f);
    free(text);
}

static void page_with_selftest(const char *page, const char *name)
{
    char *test = program_document("tests/report_selftest.js");
    char *script = malloc(strlen(test) + 32);
    assert_non_null(script);
    sprintf(script, "<script>%s</script>", test);
    page_with(page, script, name);
    free(script);
    free(test);
}

// A page that shows NAME.html in a frame and keeps what it is told.
static void frame_around(const char *name, int width)
{
    char text[512];
    snprintf(text, sizeof text,
             "<!DOCTYPE html><body><iframe src=\"%s.html\" width=\"%d\" height=\"800\"></iframe>"
             "<script>addEventListener('message', function (e) { document.body.appendChild("
             "document.createElement('pre')).textContent = e.data; });</script></body>",
             name, width);
    program_write("frame.html", text);
}

// What the browser makes of a file: its document, in the end; its complaints are in `err`.
static program_result browse(const char *file, int dark)
{
    return program_expect(
        0,
        "chromium --headless --no-sandbox --disable-gpu --user-data-dir=\"$PWD/"
        "profile\" --host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr "
        "--virtual-time-budget=8000 --window-size=1280,900 "
        "--blink-settings=preferredColorScheme=%d --dump-dom \"file://$PWD/%s\" "
        "| sed -n '/^ok /p;/^not ok /p;/^end$/p;s/.*\\(end<.pre>\\).*/end/p'",
        dark ? 0 : 1, file);
}

static void check_beliefs(const char *name, int width, int dark)
{
    char wanted[64];
    frame_around(name, width);
    const program_result r = browse("frame.html", dark);
    if (strstr(r.err, "CONSOLE")) fail_msg("the console of %s says:\n%s", name, r.err);
    if (strstr(r.out, "not ok") || !strstr(r.out, "\nend"))
        fail_msg("%s at %d, %s:\n%s", name, width, dark ? "dark" : "light", r.out);
    snprintf(wanted, sizeof wanted, "ok no horizontal scrolling at %d\n", width);
    assert_holds(r.out, wanted);
    assert_holds(r.out, dark ? "ok contrast of dark page" : "ok contrast of light page");
}

static void the_page_holds_at_every_width_light_and_dark(void **state)
{
    static const int widths[] = {1280, 390, 360};
    (void)state;
    if (!has_browser()) return;
    page_with_selftest("three.html", "probe");
    for (int i = 0; i < 3; i++) check_beliefs("probe", widths[i], i % 2);
    page_with_selftest("groups.html", "probe");
    check_beliefs("probe", 390, 1);
}

// What the other tests believe must be able to fail.
static void the_test_sees_what_it_is_for(void **state)
{
    (void)state;
    if (!has_browser()) return;
    page_with("three.html",
              "<img src=\"http://example.org/x.png\" alt=\"\"/>"
              "<p style=\"width: 2000px; color: #ccc\">wide and faint</p>"
              "<script>nonsense();</script>",
              "bad");
    page_with_selftest("bad.html", "bad");
    frame_around("bad", 390);
    const program_result r = browse("frame.html", 0);
    assert_holds(r.err, "CONSOLE");
    assert_holds(r.err, "Content Security Policy");
    assert_holds(r.err, "nonsense is not defined");
    assert_holds(r.out, "not ok no horizontal scrolling");
    assert_holds(r.out, "not ok contrast of light page");
    assert_holds(r.out, "not ok nothing is fetched");
}

static void it_can_be_printed(void **state)
{
    (void)state;
    if (!has_browser()) return;
    program_expect(
        0, "chromium --headless --no-sandbox --disable-gpu --user-data-dir=\"$PWD/profile\" "
           "--print-to-pdf=page.pdf --no-pdf-header-footer \"file://$PWD/three.html\" "
           "2>/dev/null && head -c 5 page.pdf | grep -q '%%PDF-'");
}

static int set_up(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(
        0, "discern simulate bandit q_learning -o t.csv subjects=6 sessions=4 trials=80 -q");
    program_expect(0, "awk -F, 'NR==1 {print $0 \",clinic\"; next} {print $0 \",\" ($1 %% 2 ? "
                      "\"north\" : \"south\")}' t.csv > trials.csv");
    program_expect(0, "for m in q_learning gru disrnn; do discern fit $m --data trials.csv -o $m "
                      "split.every=2 -q $([ $m = q_learning ] && echo fit.restarts=3) "
                      "$([ $m = gru ] && echo phases.main.steps=40 model.n_units=4) "
                      "$([ $m = disrnn ] && echo phases.warmup.steps=60 phases.main.steps=20) || "
                      "exit; done");
    program_expect(0, "discern report q_learning gru disrnn -o three.html -q");
    program_expect(0, "discern report q_learning --group clinic -o groups.html -q");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_holds_at_every_width_light_and_dark),
        cmocka_unit_test(the_test_sees_what_it_is_for),
        cmocka_unit_test(it_can_be_printed),
    };
    return cmocka_run_group_tests_name("report in a browser", tests, set_up, program_leave);
}
