// SPDX-License-Identifier: Apache-2.0
// config.c — options and key=value of the command line as keys of the config of a fit.
#include <string.h>

#include "cli/cli.h"

// ---- options ------------------------------------------------------------------------------------

dsc_status cli_set_option(cli *c, dsc_fit_config *k, const char *key, const char *value,
                          const char *option)
{
    return value ? dsc_fit_config_set(c->ctx, k, key, value, option) : DSC_OK;
}

dsc_status cli_set_whole(cli *c, dsc_fit_config *k, const char *key, cli_whole w,
                         const char *option)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)w.value);
    return cli_set_option(c, k, key, w.given ? text : NULL, option);
}

dsc_status cli_set_engine(cli *c, dsc_fit_config *k)
{
    DSC_TRY(cli_set_option(c, k, "engine.name", c->engine, "--engine"));
    DSC_TRY(cli_set_option(c, k, "engine.isa", c->isa, "--isa"));
    DSC_TRY(cli_set_option(c, k, "engine.precision", c->precision, "--precision"));
    return cli_set_whole(c, k, "engine.threads", c->threads, "--threads");
}

// ---- maps ---------------------------------------------------------------------------------------

// A map on the command line takes the place of the config's map of the same column (one of its
// first n_own); two of the same column on the command line stay, to be refused with the data.
static int place_of_map(const dsc_fit_config *k, int n_own, const char *map)
{
    const size_t length = strcspn(map, "=") + 1;
    for (int i = 0; i < n_own; i++)
        if (strncmp(k->map[i], map, length) == 0) return i;
    return k->n_maps;
}

static dsc_status set_map(cli *c, dsc_fit_config *k, int n_own, const char *map)
{
    const int i = place_of_map(k, n_own, map);
    DSC_REQUIRE(c->ctx, i < DSC_MAX_MAPS, DSC_INPUT, "--map %s is one too many; at most %d", map,
                DSC_MAX_MAPS);
    DSC_REQUIRE(c->ctx, strlen(map) < sizeof k->map[i], DSC_INPUT,
                "--map %s is too long; at most %zu characters", map, sizeof k->map[i] - 1);
    strcpy(k->map[i], map);
    if (i == k->n_maps) k->n_maps++;
    return DSC_OK;
}

dsc_status cli_set_maps(cli *c, dsc_fit_config *k)
{
    const int n_own = k->n_maps;
    for (int i = 0; i < c->map.n; i++) DSC_TRY(set_map(c, k, n_own, c->map.item[i]));
    return DSC_OK;
}

// ---- key=value ----------------------------------------------------------------------------------

static dsc_status set_key(cli *c, dsc_fit_config *k, const char *setting)
{
    char key[256];
    const size_t length = strcspn(setting, "=");
    DSC_REQUIRE(c->ctx, length < sizeof key, DSC_INPUT,
                "the key of \"%s\" is too long; discern models NAME lists keys", setting);
    memcpy(key, setting, length);
    key[length] = 0;
    return dsc_fit_config_set(c->ctx, k, key, setting + length + 1, "command line");
}

static dsc_status set_settings(cli *c, dsc_fit_config *k)
{
    for (int i = 0; i < c->settings.n; i++) DSC_TRY(set_key(c, k, c->settings.item[i]));
    return DSC_OK;
}

// ---- all together -------------------------------------------------------------------------------

dsc_status cli_set_config(cli *c, dsc_fit_config *k)
{
    DSC_TRY(cli_set_option(c, k, "data.path", c->data, "--data"));
    DSC_TRY(cli_set_option(c, k, "data.missing", c->missing, "--missing"));
    DSC_TRY(cli_set_option(c, k, "split.file", c->split, "--split"));
    DSC_TRY(cli_set_engine(c, k));
    DSC_TRY(cli_set_maps(c, k));
    DSC_TRY(set_settings(c, k));
    return cli_check_keys(c, k);
}
