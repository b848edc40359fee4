// SPDX-License-Identifier: Apache-2.0
// config_keys.c — the one table of a fit's config: dotted key, type, default, range, meaning.
// Reading, setting, writing and suggesting walk it. Keys of the model and of the phases come from
// their own tables.
#include <math.h>
#include <string.h>

#include "train/config.h"

#define AT(member)        offsetof(dsc_fit_config, member)
#define OPTIMIZER(member) AT(optimizer.member)

const config_key config_keys[] = {
    {KEY_MODEL, {"model.name", DSC_STRING, AT(model), "", 0, 0, NULL, "the model that is fitted"}},

    {KEY_PATH,
     {"data.path", DSC_STRING, AT(data), "", 0, 0, NULL, "trial table: CSV, TSV, NPY, NPZ"}},
    {KEY_MAPS,
     {"data.map", DSC_STRINGS, AT(map), "", 0, 0, NULL,
      "which source is which column: column=source[:value=code,...]"}},
    {KEY_FIELD,
     {"data.missing", DSC_STRINGS, AT(missing), "", 0, 0, NULL,
      "further words for missing values"}},
    {KEY_FIELD,
     {"data.n_actions", DSC_INT, AT(n_actions), "0", 0, 4096, NULL,
      "options to choose from; 0 = from the data"}},
    {KEY_FIELD,
     {"data.inputs", DSC_STRINGS, AT(inputs), "", 0, 0, NULL,
      "observation columns; none = the model's own"}},
    {KEY_FIELD,
     {"data.targets", DSC_STRINGS, AT(targets), "", 0, 0, NULL,
      "columns that mse predicts; none = choice"}},

    {KEY_PATH,
     {"split.file", DSC_STRING, AT(split_file), "", 0, 0, NULL,
      "split to use; goes before split.every"}},
    {KEY_FIELD,
     {"split.every", DSC_INT, AT(split_every), "2", 0, 1e9, NULL,
      "hold out every n-th session; 0 = hold out nothing"}},
    {KEY_FIELD,
     {"split.offset", DSC_INT, AT(split_offset), "1", 0, 1e9, NULL,
      "first session that is held out, counted from 0"}},

    {KEY_OPTIONAL,
     {"loss.name", DSC_CHOICE, AT(loss), "", 0, 0,
      "categorical|penalized_categorical|mse|penalized_mse",
      "\"\" = penalized_categorical if the model has a penalty, else categorical"}},
    {KEY_FIELD,
     {"loss.penalty_trials", DSC_CHOICE, AT(penalty_trials), "valid", 0, 0, "valid|all|padded",
      "trials whose penalty counts"}},

    {KEY_FIELD,
     {"batch.mode", DSC_CHOICE, AT(batch_mode), "single", 0, 0, "single|rolling|random",
      "single = all sessions in every step; random draws with replacement"}},
    {KEY_FIELD,
     {"batch.size", DSC_INT, AT(batch_size), "1024", 1, 1e9, NULL,
      "sessions per step of rolling and random"}},

    {KEY_FIELD,
     {"optimizer.name", DSC_CHOICE, OPTIMIZER(name), "adam", 0, 0, "adam|adamw|sgd|rmsprop",
      "the update rule"}},
    {KEY_FIELD,
     {"optimizer.beta1", DSC_REAL, OPTIMIZER(beta1), "0.9", 0, 0.999999999, NULL,
      "memory of the mean gradient (adam, adamw)"}},
    {KEY_FIELD,
     {"optimizer.beta2", DSC_REAL, OPTIMIZER(beta2), "0.999", 0, 0.999999999, NULL,
      "memory of the squared gradient (adam, adamw)"}},
    {KEY_FIELD,
     {"optimizer.epsilon", DSC_REAL, OPTIMIZER(epsilon), "1e-8", 0, 1, NULL,
      "keeps the divisor from 0 (adam, adamw, rmsprop)"}},
    {KEY_FIELD,
     {"optimizer.momentum", DSC_REAL, OPTIMIZER(momentum), "0", 0, 0.999999999, NULL,
      "of sgd and rmsprop"}},
    {KEY_FIELD,
     {"optimizer.decay", DSC_REAL, OPTIMIZER(decay), "0.99", 0, 0.999999999, NULL,
      "memory of the squared gradient (rmsprop)"}},
    {KEY_FIELD,
     {"optimizer.weight_decay", DSC_REAL, OPTIMIZER(weight_decay), "0.01", 0, INFINITY, NULL,
      "of adamw"}},
    {KEY_FIELD,
     {"optimizer.clip_update", DSC_REAL, OPTIMIZER(clip_update), "1", 0, INFINITY, NULL,
      "largest Euclidean norm of an update; 0 = off"}},
    {KEY_FIELD,
     {"optimizer.clip_gradient", DSC_REAL, OPTIMIZER(clip_gradient), "0", 0, INFINITY, NULL,
      "largest Euclidean norm of a gradient; 0 = off"}},

    {KEY_PHASES, {"phases", DSC_STRING, 0, NULL, 0, 0, NULL, "run one after the other"}},

    {KEY_FIELD,
     {"train.evaluate_every", DSC_INT, AT(evaluate_every), "25", 1, 1e9, NULL,
      "steps between scores on the held-out sessions"}},
    {KEY_FIELD,
     {"train.checkpoint_every", DSC_INT, AT(checkpoint_every), "200", 1, 1e9, NULL,
      "steps between checkpoints"}},
    {KEY_FIELD,
     {"train.patience", DSC_INT, AT(patience), "0", 0, 1e9, NULL,
      "stop after this many steps without a better held-out score; 0 = never"}},
    {KEY_FIELD,
     {"train.evaluate_noisy", DSC_BOOL, AT(evaluate_noisy), "false", 0, 0, NULL,
      "score with the model's noise"}},

    {KEY_OPTIONAL,
     {"engine.name", DSC_CHOICE, AT(engine), "", 0, 0, "lanes|ref", "\"\" = the fastest here"}},
    {KEY_OPTIONAL,
     {"engine.isa", DSC_CHOICE, AT(isa), "", 0, 0, "scalar|avx2|avx512|neon",
      "instruction set; \"\" = the best here; does not change results"}},
    {KEY_FIELD,
     {"engine.precision", DSC_CHOICE, AT(precision), "single", 0, 0, "single|double",
      "of the engine's numbers"}},
    {KEY_FIELD,
     {"engine.threads", DSC_INT, AT(threads), "0", 0, 4096, NULL,
      "0 = all; does not change results"}},

    {KEY_FIELD, {"seed", DSC_LONG, AT(seed), "0", 0, INFINITY, NULL, "of everything random"}},
    {KEY_FIELD,
     {"replicas", DSC_INT, AT(replicas), "1", 1, 4096, NULL,
      "runs with the seeds seed, seed + 1, ..."}},
    {0}};

#define PHASE(member) offsetof(dsc_phase_config, member)
const dsc_field config_phase_fields[] = {
    {"steps", DSC_INT, PHASE(steps), "1000", 0, 1e9, NULL, "number of updates"},
    {"learning_rate", DSC_REAL, PHASE(learning_rate), "0.003", 0, INFINITY, NULL,
     "the highest of the phase"},
    {"schedule", DSC_CHOICE, PHASE(schedule), "constant", 0, 0, "constant|cosine|linear_warmup",
     "course of the learning rate"},
    {"warmup_steps", DSC_INT, PHASE(warmup_steps), "0", 0, 1e9, NULL,
     "steps of the rise from 0 (cosine, linear_warmup)"},
    {"noiseless", DSC_BOOL, PHASE(noiseless), "false", 0, 0, NULL, "leave the model's noise out"},
    {"penalty_scale", DSC_REAL, PHASE(penalty_scale), "1", 0, INFINITY, NULL,
     "factor of all penalties; 0 switches them off, l2 included"},
    {"reset_optimizer", DSC_BOOL, PHASE(reset_optimizer), "false", 0, 0, NULL,
     "start with a fresh optimiser state"},
    {0}};
