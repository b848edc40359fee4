// SPDX-License-Identifier: Apache-2.0
// style.c — the look that all figures share: sizes in millimetres, 7.5 pt text, thin axes, colours
// that survive colour blindness and print. Every script starts with this preamble.
// Colours: Okabe & Ito, Color Universal Design (2008); ordered ones after viridis, its light end
// cut.
#include <math.h>

#include "plot/internal.h"

const char *const plot_colour[8] = {"#000000", "#E69F00", "#56B4E9", "#009E73",
                                    "#F0E442", "#0072B2", "#D55E00", "#CC79A7"};
const char *const plot_ordered[5] = {"#440154", "#3B528B", "#21918C", "#4CB85C", "#B8C217"};
const char *const plot_ordered_ramp =
    "(0 '#440154', 0.25 '#3B528B', 0.5 '#21918C', 0.75 '#4CB85C', 1 '#B8C217')";
const char *const plot_orange_ramp = "(0 '#FFFFFF', 0.12 '#FEEBD8', 0.25 '#FDD0A2', 0.4 '#FDAE6B', "
                                     "0.55 '#F98B3A', 0.7 '#E5640D', 0.85 '#B64203', 1 '#7F2704')";
const char *const plot_diverging_ramp = "(-1 '#08519C', -0.6 '#4292C6', -0.25 '#B5D4E9', "
                                        "0 '#F7F7F7', 0.25 '#FDD0A2', 0.6 '#F16913', 1 '#A63603')";

// The same size and the same letters in every format: SVG counts in pixels of 1/96 inch, PDF and
// PNG in points, PNG is drawn at 300 pixels per inch.
static const char *const preamble =
    "set terminal unknown\n"
    "if (FORMAT eq 'svg') {\n"
    "    set terminal svg enhanced size WIDTH/25.4*96, HEIGHT/25.4*96 font 'Helvetica,10' \\\n"
    "        linewidth 0.9 background '#FFFFFF'\n"
    "} else { if (FORMAT eq 'pdf') {\n"
    "    set terminal pdfcairo enhanced size WIDTH/25.4, HEIGHT/25.4 font 'Helvetica,7.5' \\\n"
    "        fontscale 1 linewidth 0.9 pointscale 0.4\n"
    "} else { if (FORMAT eq 'png') {\n"
    "    set terminal pngcairo enhanced size WIDTH/25.4*300, HEIGHT/25.4*300 \\\n"
    "        font 'Helvetica,7.5' fontscale 3.125 linewidth 2.8 pointscale 1.6 background "
    "'#FFFFFF'\n"
    "} else { print 'FORMAT must be svg, pdf or png' ; exit status 1 } } }\n"
    "set output OUTPUT\n"
    "set encoding utf8\n"
    "set datafile separator comma\n"
    "set datafile columnheaders\n"
    "set datafile missing NaN\n"
    "set border 3 linewidth 0.6\n"
    "set tics nomirror out scale 0.5, 0.25\n"
    "set xtics offset 0, 0.3\n"
    "set ytics offset 0.3, 0\n"
    "set xlabel offset 0, 0.5\n"
    "set key noautotitle samplen 1.5 spacing 1.1 width 0\n"
    "unset colorbox\n"
    "\n";

void plot_style(plot_page *p)
{
    plot_gp(p, "# %s.gp draws %s.csv. Edit it and run it again in this folder:\n", p->name,
            p->name);
    plot_gp(p, "#     gnuplot %s.gp\n#     gnuplot -e \"FORMAT='pdf'\" %s.gp        (or 'png')\n",
            p->name, p->name);
    plot_gp(p, "reset\nif (!exists('FORMAT')) FORMAT = 'svg'\n");
    plot_gp(p, "if (!exists('OUTPUT')) OUTPUT = '%s.'.FORMAT\n", p->name);
    plot_gp(p, "DATA = '%s.csv'\n", p->name);
    plot_gp(p, "WIDTH = %g   # millimetres\nHEIGHT = %g\n", p->width, p->height);
    plot_gp(p, "%s", preamble);
}

void plot_panel(plot_page *p, double left, double bottom, double width, double height)
{
    plot_gp(p, "set lmargin at screen %g; set rmargin at screen %g\n", left / p->width,
            (left + width) / p->width);
    plot_gp(p, "set bmargin at screen %g; set tmargin at screen %g\n", bottom / p->height,
            (bottom + height) / p->height);
}

void plot_text(plot_page *p, double x, double y, const char *how, const char *text)
{
    plot_gp(p, "set label %q at screen %g, screen %g %s\n", text, x / p->width, y / p->height, how);
}

double plot_tick_step(double limit)
{
    double unit = pow(10, floor(log10(limit / 2))), times = limit / 2 / unit;
    return unit * (times < 2 ? 1 : times < 5 ? 2 : 5);
}
