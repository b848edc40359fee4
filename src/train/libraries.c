// SPDX-License-Identifier: Apache-2.0
// libraries.c — the libraries that discern runs with, and gnuplot, each with its version.
#include <csv.h>
#include <hdf5.h>
#include <jansson.h>
#include <nlopt.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "train/internal.h"
#include "train/yaml.h"

enum { VERSION_BYTES = 64 };

static void put(char *out, const char *version)
{
    snprintf(out, VERSION_BYTES, "%s", version);
}

static void of_libc(char *out)
{
#ifdef __GLIBC__
    put(out, gnu_get_libc_version());
#else
    put(out, "unknown");
#endif
}

static void of_libfyaml(char *out)
{
    put(out, yaml_version());
}

static void of_jansson(char *out)
{
    put(out, jansson_version_str());
}

static void of_libcsv(char *out)
{
    snprintf(out, VERSION_BYTES, "%d.%d.%d", CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
}

static void of_libzip(char *out)
{
    put(out, zip_libzip_version());
}

static void of_zlib(char *out)
{
    put(out, zlibVersion());
}

static void of_hdf5(char *out)
{
    unsigned major, minor, release;
    if (H5get_libversion(&major, &minor, &release) < 0) put(out, "unknown");
    else snprintf(out, VERSION_BYTES, "%u.%u.%u", major, minor, release);
}

static void of_protobuf(char *out)
{
    put(out, protobuf_c_version());
}

static void of_nlopt(char *out)
{
    int major, minor, patch;
    nlopt_version(&major, &minor, &patch);
    snprintf(out, VERSION_BYTES, "%d.%d.%d", major, minor, patch);
}

static const struct {
    const char *name;
    void (*version)(char *out);
} libraries[] = {{"libc", of_libc},     {"libfyaml", of_libfyaml}, {"jansson", of_jansson},
                 {"libcsv", of_libcsv}, {"libzip", of_libzip},     {"zlib", of_zlib},
                 {"hdf5", of_hdf5},     {"nlopt", of_nlopt},       {"protobuf-c", of_protobuf}};

const char *dsc_library_at(int i, char version[64])
{
    if (i < 0 || i >= (int)(sizeof libraries / sizeof *libraries)) return NULL;
    libraries[i].version(version);
    return libraries[i].name;
}

bool dsc_gnuplot_version(char version[64])
{
    FILE *f = popen("gnuplot --version 2>/dev/null", "r");
    *version = 0;
    if (!f) return false;
    if (!fgets(version, VERSION_BYTES, f)) *version = 0;
    version[strcspn(version, "\n")] = 0;
    if (pclose(f) != 0) *version = 0;
    return *version != 0;
}
