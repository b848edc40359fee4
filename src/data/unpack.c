// SPDX-License-Identifier: Apache-2.0
// unpack.c — gzip (zlib) and zip (libzip) to plain bytes; the first bytes tell which it is.
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "data/archive.h"

enum { LARGEST_RATIO = 1100 }; // deflate cannot do better than 1032

bool data_ends_with(const char *name, const char *ending)
{
    const size_t n = strlen(name), m = strlen(ending);
    return n >= m && strcasecmp(name + n - m, ending) == 0;
}

const char *data_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// Replaces the packed bytes by the plain ones, which are then the file's.
static void replace(dsc_context *ctx, data_bytes *file, char *bytes, size_t n)
{
    dsc_free(ctx, &file->bytes);
    file->bytes = bytes;
    file->n = n;
}

// ---- gzip ---------------------------------------------------------------------------------------

static void *zlib_alloc(void *ctx, unsigned count, unsigned size)
{
    void *block = NULL;
    return dsc_alloc(ctx, count, size, &block) == DSC_OK ? block : NULL;
}

static void zlib_free(void *ctx, void *block)
{
    dsc_free(ctx, &block);
}

typedef struct deflated {
    const char *bytes;
    size_t n;
} deflated;

typedef struct plain {
    char *bytes;
    size_t n, capacity;
} plain;

static dsc_status make_room(dsc_context *ctx, plain *out)
{
    if (out->n < out->capacity) return DSC_OK;
    const size_t more = out->capacity * 2;
    DSC_TRY(dsc_grow(ctx, out->capacity, more, 1, &out->bytes));
    out->capacity = more;
    return DSC_OK;
}

static unsigned limited(size_t n)
{
    return n > (1u << 30) ? 1u << 30 : (unsigned)n;
}

// One call of inflate, for as much as fits.
static int inflate_some(z_stream *z, const deflated *file, size_t *used, plain *out)
{
    union {
        const char *in;
        unsigned char *out;
    } next = {.in = file->bytes + *used};
    const unsigned in = limited(file->n - *used), room = limited(out->capacity - out->n);
    z->next_in = next.out;
    z->avail_in = in;
    z->next_out = (unsigned char *)out->bytes + out->n;
    z->avail_out = room;
    const int code = inflate(z, Z_NO_FLUSH);
    *used += in - z->avail_in;
    out->n += room - z->avail_out;
    return code;
}

// A gzip file may hold several members, one after the other.
static dsc_status inflate_all(dsc_context *ctx, const char *path, z_stream *z, bool gzip,
                              const deflated *file, plain *out)
{
    size_t used = 0;
    for (;;) {
        DSC_TRY(make_room(ctx, out));
        const int code = inflate_some(z, file, &used, out);
        const bool more = gzip && used + 2 < file->n;
        if (code == Z_STREAM_END && more && inflateReset(z) == Z_OK) continue;
        if (code == Z_STREAM_END) return DSC_OK;
        if (code == Z_OK && (used < file->n || out->n == out->capacity)) continue;
        if (code == Z_MEM_ERROR) return dsc_fail(ctx, DSC_MEMORY, "out of memory");
        return dsc_fail(ctx, DSC_INPUT,
                        "%s: the packed data are damaged or end too early (%s); get the file again",
                        path, z->msg ? z->msg : "truncated");
    }
}

dsc_status data_inflate(dsc_context *ctx, const char *path, const char *bytes, size_t n, bool gzip,
                        data_bytes *out)
{
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = ctx};
    const deflated file = {bytes, n};
    plain made = {.capacity = n * 4 + 4096};
    DSC_TRY(dsc_alloc(ctx, made.capacity, 1, &made.bytes));
    dsc_status status = DSC_OK;
    if (inflateInit2(&z, gzip ? 15 + 16 : 15) != Z_OK)
        status = dsc_fail(ctx, DSC_MEMORY, "out of memory");
    else status = inflate_all(ctx, path, &z, gzip, &file, &made);
    inflateEnd(&z);
    if (status == DSC_OK) status = make_room(ctx, &made); // for a 0 behind it
    if (status != DSC_OK) {
        dsc_free(ctx, &made.bytes);
        return status;
    }
    made.bytes[made.n] = 0;
    *out = (data_bytes){.bytes = made.bytes, .n = made.n};
    return DSC_OK;
}

static dsc_status unpack_gzip(dsc_context *ctx, const char *path, data_bytes *file)
{
    data_bytes out;
    DSC_TRY(data_inflate(ctx, path, file->bytes, file->n, true, &out));
    replace(ctx, file, out.bytes, out.n);
    return DSC_OK;
}

// ---- zip ----------------------------------------------------------------------------------------

dsc_status data_zip_open(dsc_context *ctx, const char *path, const data_bytes *file, zip_t **zip)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(file->bytes, file->n, 0, &error);
    *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    dsc_status status = DSC_OK;
    if (!*zip && zip_error_code_zip(&error) == ZIP_ER_MEMORY)
        status = dsc_fail(ctx, DSC_MEMORY, "out of memory");
    else if (!*zip)
        status = dsc_fail(ctx, DSC_INPUT, "%s: not a complete zip archive (%s); get the file again",
                          path, zip_error_strerror(&error));
    if (!*zip && source) zip_source_free(source);
    zip_error_fini(&error);
    return status;
}

static dsc_status read_member(dsc_context *ctx, const char *path, zip_file_t *member,
                              const char *name, char *bytes, size_t n)
{
    size_t got = 0;
    while (got <= n) { // one byte more than promised must not come
        const zip_int64_t more = zip_fread(member, bytes + got, n + 1 - got);
        if (more < 0) break;
        if (more == 0 && got == n) return DSC_OK;
        if (more == 0) break;
        got += (size_t)more;
    }
    return dsc_fail(ctx, DSC_INPUT, "%s: member \"%s\" is damaged; get the file again", path, name);
}

dsc_status data_zip_read(dsc_context *ctx, const char *path, size_t packed, zip_t *zip,
                         zip_uint64_t i, data_bytes *out)
{
    zip_stat_t info;
    char *bytes = NULL;
    zip_stat_init(&info);
    zip_stat_index(zip, i, 0, &info); // of a member that is there
    // A size that deflate cannot reach is a damaged one: ask for no such memory.
    DSC_REQUIRE(ctx, info.size / LARGEST_RATIO <= packed, DSC_INPUT,
                "%s: the archive says that \"%s\" has %llu bytes, which it cannot hold", path,
                info.name, (unsigned long long)info.size);
    zip_file_t *member = zip_fopen_index(zip, i, 0);
    DSC_REQUIRE(ctx, member, DSC_INPUT, "%s: member \"%s\" cannot be unpacked (%s)", path,
                info.name, zip_strerror(zip));
    dsc_status status = dsc_alloc(ctx, (size_t)info.size + 2, 1, &bytes);
    if (status == DSC_OK)
        status = read_member(ctx, path, member, info.name, bytes, (size_t)info.size);
    zip_fclose(member);
    if (status != DSC_OK) {
        dsc_free(ctx, &bytes);
        return status;
    }
    bytes[info.size] = 0;
    *out = (data_bytes){.bytes = bytes, .n = (size_t)info.size};
    return DSC_OK;
}

typedef struct members {
    zip_int64_t n, table, any; // the number of files; one that looks like a table; one at all
    int n_tables, n_any;
    data_packing packing;
} members;

// Whether a member shows that the archive is to be read as a whole.
static data_packing packing_of(const char *name)
{
    if (data_ends_with(name, ".npy")) return DATA_ARRAYS;
    return strcmp(data_base_name(name), "data.pkl") == 0 ? DATA_TENSORS : DATA_PLAIN;
}

static bool is_table_name(const char *name)
{
    return data_ends_with(name, ".csv") || data_ends_with(name, ".tsv") ||
           data_ends_with(name, ".txt");
}

static members look_into(zip_t *zip)
{
    members m = {.n = zip_get_num_entries(zip, 0), .table = -1, .any = -1};
    for (zip_int64_t i = 0; i < m.n; i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
        if (!name || data_ends_with(name, "/") || strncmp(name, "__MACOSX/", 9) == 0) continue;
        if (m.packing == DATA_PLAIN) m.packing = packing_of(name);
        m.any = i;
        m.n_any++;
        if (!is_table_name(name)) continue;
        m.table = i;
        m.n_tables++;
    }
    return m;
}

static dsc_status unpack_member(dsc_context *ctx, const char *path, zip_t *zip, size_t packed,
                                const members *m, data_bytes *out)
{
    DSC_REQUIRE(ctx, m->n_any > 0, DSC_INPUT, "%s: the zip archive holds no file", path);
    DSC_REQUIRE(ctx, m->n_tables == 1 || m->n_any == 1, DSC_INPUT,
                "%s: the zip archive holds %d files, %d of them CSV; unpack it and name the one to "
                "read",
                path, m->n_any, m->n_tables);
    const zip_uint64_t i = (zip_uint64_t)(m->n_tables == 1 ? m->table : m->any);
    DSC_TRY(data_zip_read(ctx, path, packed, zip, i, out));
    out->tabs = data_ends_with(zip_get_name(zip, i, 0), ".tsv");
    return DSC_OK;
}

static dsc_status unpack_zip(dsc_context *ctx, const char *path, data_bytes *file)
{
    zip_t *zip;
    data_bytes out = {0};
    DSC_TRY(data_zip_open(ctx, path, file, &zip));
    const members m = look_into(zip);
    const dsc_status status = m.packing ? DSC_OK : unpack_member(ctx, path, zip, file->n, &m, &out);
    zip_discard(zip);
    if (out.bytes) {
        replace(ctx, file, out.bytes, out.n);
        file->tabs = out.tabs;
    }
    file->packing = m.packing;
    return status;
}

// The mark of UTF-8 at the start of a text says nothing that is not looked for anyway.
static void drop_mark(data_bytes *file)
{
    if (file->n < 3 || memcmp(file->bytes, "\xef\xbb\xbf", 3) != 0) return;
    file->n -= 3;
    memmove(file->bytes, file->bytes + 3, file->n + 1);
}

dsc_status data_unpack(dsc_context *ctx, const char *path, data_bytes *file)
{
    file->tabs = data_ends_with(path, ".tsv") || data_ends_with(path, ".tsv.gz");
    if (file->n >= 2 && memcmp(file->bytes, "\x1f\x8b", 2) == 0)
        DSC_TRY(unpack_gzip(ctx, path, file));
    if (file->n >= 4 && memcmp(file->bytes, "PK", 2) == 0 && (unsigned char)file->bytes[2] < 9)
        DSC_TRY(unpack_zip(ctx, path, file));
    drop_mark(file);
    return DSC_OK;
}
