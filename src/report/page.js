(function () {
    "use strict";
    var root = document.documentElement;

    function isDark() {
        var theme = root.getAttribute("data-theme");
        return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    }

    function addToggle() {
        var button = document.createElement("button");
        function say() { button.textContent = isDark() ? "Light page" : "Dark page"; }
        button.type = "button";
        button.id = "theme";
        button.addEventListener("click", function () {
            root.setAttribute("data-theme", isDark() ? "light" : "dark");
            say();
        });
        say();
        document.getElementById("tools").appendChild(button);
    }

    // "−0.25", "21 000", "0.1 to 0.2" as numbers; a dash is missing.
    function numberOf(text) {
        return parseFloat(text.replace(/\u2212/g, "-").replace(/[\u202f\s]+(?=\d{3})/g, ""));
    }

    function compare(a, b, numeric, sign) {
        if (!numeric) return sign * a.localeCompare(b, "en", { numeric: true });
        var x = numberOf(a), y = numberOf(b);
        if (isNaN(x)) return isNaN(y) ? 0 : 1;
        return isNaN(y) ? -1 : sign * (x - y);
    }

    function sort(table, column, head) {
        var ascending = head.getAttribute("aria-sort") !== "ascending";
        var body = table.tBodies[0], numeric = head.classList.contains("n");
        var rows = Array.prototype.slice.call(body.rows);
        function text(row) { return row.cells[column].textContent.trim(); }
        rows.sort(function (a, b) {
            return compare(text(a), text(b), numeric, ascending ? 1 : -1);
        });
        rows.forEach(function (row) { body.appendChild(row); });
        table.querySelectorAll("thead th").forEach(function (th) {
            th.setAttribute("aria-sort", "none");
        });
        head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    }

    function makeSortable(table) {
        if (!(table.tBodies[0].rows.length > 1)) return;
        table.querySelectorAll("thead th").forEach(function (th, column) {
            var button = document.createElement("button");
            if (!th.textContent) return;
            button.type = "button";
            button.textContent = th.textContent;
            button.addEventListener("click", function () { sort(table, column, th); });
            th.textContent = "";
            th.appendChild(button);
            th.setAttribute("aria-sort", "none");
        });
    }

    addToggle();
    document.querySelectorAll("table").forEach(makeSortable);
    addEventListener("beforeprint", function () {
        document.querySelectorAll("details").forEach(function (d) { d.open = true; });
    });
}());
