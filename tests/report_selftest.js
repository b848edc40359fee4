// Put at the end of a copy of a report's page: looks at the page as a reader's browser shows it and
// leaves a line per belief, "ok ..." or "not ok ...", in an element of its own.
(function () {
    "use strict";
    var lines = [];
    function all(selector) {
        return Array.prototype.slice.call(document.querySelectorAll(selector));
    }
    function say(belief, faults) {
        lines.push((faults.length ? "not ok " : "ok ") + belief +
                   (faults.length ? ": " + faults.slice(0, 3).join("; ") : ""));
    }

    // ---- size ----
    var wide = document.documentElement.scrollWidth;
    say("no horizontal scrolling at " + innerWidth,
        wide > innerWidth ? ["the page is " + wide + " wide"] : []);

    // ---- drawings ----
    say("every drawing has a size and a name", all("svg").filter(function (svg) {
        var box = svg.getBoundingClientRect(), by = svg.getAttribute("aria-labelledby");
        var title = by && document.getElementById(by);
        return !(box.width > 50 && box.height > 50 && title && title.textContent.length > 20 &&
                 svg.getAttribute("role") === "img");
    }).map(function (svg) { return svg.outerHTML.slice(0, 80); }));

    // ---- structure ----
    var levels = all("h1, h2, h3, h4").map(function (h) { return +h.tagName[1]; });
    say("headings descend one by one", levels.filter(function (level, i) {
        return i === 0 ? level !== 1 : level > levels[i - 1] + 1 || level === 1;
    }));
    say("landmarks", ["header", "nav", "main"].filter(function (name) {
        return all("body > " + name).length !== 1;
    }));
    say("every table has a caption and scopes", all("table").filter(function (table) {
        return !table.caption || table.querySelector("th:not([scope])");
    }).map(function (table) { return table.textContent.slice(0, 60); }));
    say("every heading of a column is a button", all("table").filter(function (table) {
        return table.tBodies[0].rows.length > 1 &&
               Array.prototype.some.call(table.tHead.rows[0].cells, function (th) {
                   return th.textContent && !th.querySelector("button");
               });
    }).map(function (table) { return table.caption.textContent; }));

    // ---- sorting ----
    function value(cell) {
        return parseFloat(cell.textContent.replace(/\u2212/g, "-").replace(/\u202f/g, ""));
    }
    function column(table, k) {
        return Array.prototype.map.call(table.tBodies[0].rows, function (row) {
            return row.cells[k];
        });
    }
    function disorder(table, th, k, sign) {
        var cells = column(table, k), numeric = th.classList.contains("n");
        for (var i = 1; i < cells.length; i++) {
            var a = numeric ? value(cells[i - 1]) : cells[i - 1].textContent;
            var b = numeric ? value(cells[i]) : cells[i].textContent;
            if (numeric && isNaN(b)) continue; // what is missing comes last
            if (numeric && isNaN(a)) return true;
            if (sign * (numeric ? a - b : a.localeCompare(b, "en", { numeric: true })) > 0)
                return true;
        }
        return false;
    }
    var unsorted = [], sorted = 0;
    all("table").forEach(function (table) {
        var before = table.tBodies[0].rows.length;
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (th, k) {
            var button = th.querySelector("button");
            if (!button) return;
            [["ascending", 1], ["descending", -1]].forEach(function (way) {
                button.click();
                sorted++;
                if (disorder(table, th, k, way[1]) || th.getAttribute("aria-sort") !== way[0] ||
                    table.tBodies[0].rows.length !== before)
                    unsorted.push(table.caption.textContent + " by " + th.textContent + way[0]);
            });
        });
    });
    say("tables sort by every column, both ways", sorted ? unsorted : ["there was none to sort"]);

    // ---- colours ----
    function channels(text) {
        var parts = text.match(/[\d.]+/g).map(Number);
        return parts.length < 4 ? parts.concat(1) : parts;
    }
    function paperOf(element) {
        for (; element; element = element.parentElement) {
            var c = channels(getComputedStyle(element).backgroundColor);
            if (c[3] > 0) return c;
        }
        return [255, 255, 255, 1];
    }
    function luminance(c) {
        var v = c.slice(0, 3).map(function (x) {
            x /= 255;
            return x > 0.03928 ? Math.pow((x + 0.055) / 1.055, 2.4) : x / 12.92;
        });
        return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
    }
    function contrast(element) {
        var a = luminance(channels(getComputedStyle(element).color));
        var b = luminance(paperOf(element));
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }
    function faint() {
        return all("body *:not(script):not(svg):not(svg *)").filter(function (element) {
            var own = Array.prototype.some.call(element.childNodes, function (node) {
                return node.nodeType === 3 && node.textContent.trim();
            });
            return own && contrast(element) < 4.5;
        }).map(function (element) {
            return element.tagName + " " + contrast(element).toFixed(1);
        });
    }
    function paper() { return luminance(paperOf(document.body)); }
    var first = paper();
    say("contrast of " + (first > 0.5 ? "light" : "dark") + " page", faint());
    document.getElementById("theme").click();
    var second = paper();
    say("the toggle turns light into dark and back",
        (first > 0.5) === (second > 0.5) ? ["paper " + first + " and " + second] : []);
    say("contrast of " + (second > 0.5 ? "light" : "dark") + " page", faint());
    say("drawings are on white", all(".drawing").filter(function (d) {
        return luminance(paperOf(d)) < 0.99;
    }));

    // ---- nothing from elsewhere ----
    say("nothing is fetched", all("[src], link[href], image, iframe, object, embed")
        .filter(function (e) { return !/^data:/.test(e.getAttribute("href") || ""); })
        .map(function (e) { return e.outerHTML.slice(0, 80); })
        .concat(performance.getEntriesByType("resource").map(function (e) { return e.name; })));

    // A browser's window has a least width; in a frame the page may be narrower, and reports outside.
    var text = "\n" + lines.join("\n") + "\nend\n";
    if (parent !== window) parent.postMessage(text, "*");
    else document.body.appendChild(document.createElement("pre")).textContent = text;
}());
