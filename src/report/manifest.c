/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest: what was read, what was found, what it means, and what all that rests on.
 *
 * It is the same, byte for byte, for the same dataset, tool and policies: no time, host, user, number of
 * threads or absolute path is in it (out/run.json may hold those). "complete" stands last, so that a manifest
 * cut short does not say it. policies/schema/manifest.schema.json describes every member.
 */
#include "report/manifest.h"

#include <string.h>

#include "base/json_write.h"
#include "model/fact.h"
#include "model/item.h"
#include "model/unit.h"
#include "report/account.h"
#include "report/json_copy.h"

#define MANIFEST_FORMAT "provscan-manifest-1"

/* A member of an object, or with key NULL an element of an array. */
static void
begin_object(struct json_write *json, const char *key)
{
    if (key)
        json_write_key(json, key);
    json_write_begin_object(json);
}

static void
begin_array(struct json_write *json, const char *key)
{
    json_write_key(json, key);
    json_write_begin_array(json);
}

static void
member_null(struct json_write *json, const char *key)
{
    json_write_key(json, key);
    json_write_null(json);
}

/* A value that the store holds as JSON. */
static void
member_raw(struct json_write *json, const char *key, const char *text)
{
    json_write_key(json, key);
    json_copy(json, text);
}

/* "root" is left out for the first one, which is the only one of nearly every scan. */
static void
write_place(struct json_write *json, const struct account *a, const struct account_place *place,
            struct buf *locator)
{
    buf_clear(locator);
    if (json->status == PROV_OK)
        json->status = account_locator(a, place, locator);
    if (place->root)
        json_write_member_int(json, "root", place->root);
    json_write_member_name(json, "locator", buf_bytes(locator));
}

static void
write_tool(struct json_write *json, const struct account *a)
{
    begin_object(json, "made_by");
    json_write_member_text(json, "tool", a->tool);
    member_raw(json, "libraries", a->libraries ? a->libraries : "{}");
    json_write_member_text(json, "store_schema", a->schema);
    json_write_member_text(json, "plan_sha256", a->plan);
    json_write_member_text(json, "detectors_sha256", a->scan_detectors);
    member_raw(json, "limits", a->limits ? a->limits : "{}");
    member_raw(json, "excludes", a->excludes ? a->excludes : "[]");
    json_write_member_text(json, "sandbox", a->sandbox);
    json_write_end_object(json);
}

static void
write_judgement(struct json_write *json, const struct account *a)
{
    begin_object(json, "judged_by");
    begin_array(json, "packs");
    for (size_t i = 0; i < a->npacks; i++) {
        begin_object(json, NULL);
        json_write_member_text(json, "id", a->packs[i].id);
        json_write_member_text(json, "version", a->packs[i].version);
        json_write_member_text(json, "sha256", a->packs[i].sha256);
        json_write_member_text(json, "title_en", a->packs[i].title_en);
        json_write_member_text(json, "title_zh", a->packs[i].title_zh);
        json_write_member_bool(json, "applies", !*a->packs[i].otherwise);
        if (*a->packs[i].otherwise)
            member_raw(json, "otherwise", a->packs[i].otherwise);
        json_write_end_object(json);
    }
    json_write_end_array(json);
    begin_array(json, "parameters");
    for (size_t i = 0; i < a->nparameters; i++) {
        const struct account_parameter *p = &a->parameters[i];
        begin_object(json, NULL);
        json_write_member_text(json, "pack", p->pack);
        json_write_member_text(json, "name", p->name);
        member_raw(json, "value", p->value);
        if (strcmp(p->set_by, p->pack) != 0) {
            member_raw(json, "declared", p->declared);
            json_write_member_text(json, "set_by", p->set_by);
            member_raw(json, "change", p->change);
        }
        json_write_member_text(json, "title_en", p->title_en);
        json_write_member_text(json, "title_zh", p->title_zh);
        json_write_end_object(json);
    }
    json_write_end_array(json);
    json_write_member_text(json, "detectors_sha256", a->judge_detectors);
    json_write_member_text(json, "purpose", a->purpose);
    json_write_member_text(json, "as_of", a->as_of);
    json_write_member_text(json, "sources_sha256", a->sources_sha256);
    member_raw(json, "scope", a->scope ? a->scope : "{}");
    member_raw(json, "waivers", *a->waivers ? a->waivers : "[]");
    member_raw(json, "manual_sample", *a->manual_sample ? a->manual_sample : "null");
    json_write_end_object(json);
}

static void
write_dataset(struct json_write *json, const struct account *a)
{
    begin_object(json, "dataset");
    begin_array(json, "roots");
    for (size_t i = 0; i < a->roots.count; i++) {
        begin_object(json, NULL);
        json_write_member_name(json, "name", a->roots.names[i].name);
        json_write_end_object(json);
    }
    json_write_end_array(json);
    json_write_member_text(json, "root_digest_sha256", a->root_digest);
    json_write_member_uint(json, "content_items", a->ncontent);
    json_write_member_uint(json, "content_bytes", a->content_bytes);
    json_write_end_object(json);
}

static void
write_verdict(struct json_write *json, const struct account *a)
{
    begin_object(json, "verdict");
    json_write_member_text(json, "verdict", verdict_name(a->verdict));
    json_write_member_bool(json, "everything_read", a->complete);
    json_write_member_uint(json, "rules_not_conform", a->nrules_failed);
    json_write_member_uint(json, "rules_undetermined", a->nrules_undetermined);
    json_write_member_uint(json, "items_denied", a->nitems_denied);
    json_write_member_uint(json, "items_to_review", a->nitems_reviewed);
    json_write_end_object(json);
}

static void
write_ledger(struct json_write *json, const char *key, const char *name,
             const struct account_ledger_row *rows, size_t nrows)
{
    begin_array(json, key);
    for (size_t i = 0; i < nrows; i++) {
        begin_object(json, NULL);
        json_write_member_bytes(json, name, rows[i].name);
        json_write_member_uint(json, "files", rows[i].nfiles);
        json_write_member_uint(json, "bytes", rows[i].nbytes);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

static void
write_counts(struct json_write *json, const char *key, const char *name, const struct account_count *counts,
             size_t ncounts)
{
    begin_array(json, key);
    for (size_t i = 0; i < ncounts; i++) {
        begin_object(json, NULL);
        if (counts[i].name.size)
            json_write_member_bytes(json, name, counts[i].name);
        else
            member_null(json, name);
        json_write_member_uint(json, "items", counts[i].nitems);
        json_write_member_uint(json, "bytes", counts[i].nbytes);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

static void
write_coverage(struct json_write *json, const struct account *a)
{
    static const char *const unit_names[] = {
        [UNIT_FILE] = "files",           [UNIT_DIRECTORY] = "directories", [UNIT_SYMLINK] = "symlinks",
        [UNIT_SPECIAL] = "special",      [UNIT_ALIAS] = "aliases",         [UNIT_SKIPPED] = "skipped",
        [UNIT_UNREADABLE] = "unreadable"};
    static const char *const item_names[] = {[ITEM_FILE] = "files",
                                             [ITEM_DIRECTORY] = "directories",
                                             [ITEM_SYMLINK] = "symlinks",
                                             [ITEM_HARDLINK] = "hardlinks",
                                             [ITEM_SPECIAL] = "special"};
    begin_object(json, "coverage");
    json_write_member_uint(json, "bytes_on_disk", a->bytes);
    json_write_member_uint(json, "bytes_read", a->bytes_read);
    json_write_member_uint(json, "bytes_alias", a->bytes_alias);
    json_write_member_uint(json, "bytes_skipped", a->bytes_skipped);
    json_write_member_uint(json, "bytes_unreadable", a->bytes_unreadable);
    write_ledger(json, "skipped", "rule", a->skipped, a->nskipped);
    write_ledger(json, "unreadable", "reason", a->unreadable, a->nunreadable);
    begin_object(json, "units");
    for (size_t i = 0; i < sizeof unit_names / sizeof unit_names[0]; i++)
        json_write_member_uint(json, unit_names[i], a->units[i]);
    json_write_end_object(json);
    begin_object(json, "items");
    for (size_t i = 0; i < sizeof item_names / sizeof item_names[0]; i++)
        json_write_member_uint(json, item_names[i], a->items[i]);
    json_write_member_uint(json, "containers", a->ncontainers);
    json_write_member_uint(json, "partial", a->npartial);
    json_write_member_uint(json, "encrypted", a->nencrypted);
    json_write_member_uint(json, "unsearched", a->nunsearched);
    json_write_end_object(json);
    json_write_member_uint(json, "bytes_expanded", a->expanded_bytes);
    json_write_member_uint(json, "bytes_unsearched", a->unsearched_bytes);
    json_write_member_uint(json, "depth_max", a->depth_max);
    write_counts(json, "containers", "format", a->formats, a->nformats);
    write_counts(json, "types", "type", a->types, a->ntypes);
    json_write_end_object(json);
}

static void
write_optional(struct json_write *json, const char *key, struct bytes text)
{
    if (text.size)
        json_write_member_bytes(json, key, text);
    else
        member_null(json, key);
}

static void
write_source(struct json_write *json, const struct account_source *s)
{
    begin_object(json, NULL);
    json_write_member_int(json, "number", s->ordinal);
    json_write_member_bool(json, "declared", s->ordinal > 0);
    json_write_member_text(json, "verdict", verdict_name(s->verdict));
    if (s->ordinal > 0) {
        write_optional(json, "id", s->id);
        write_optional(json, "title", s->title);
        write_optional(json, "kind", s->kind);
        write_optional(json, "license", s->license);
        begin_object(json, "lawful_basis");
        write_optional(json, "pipl_art13", s->pipl_art13);
        write_optional(json, "gdpr_art6", s->gdpr_art6);
        write_optional(json, "copyright", s->copyright_basis);
        json_write_end_object(json);
        write_optional(json, "purposes", s->purposes);
        json_write_member_int(json, "missing_fields", s->missing_fields);
        json_write_member_uint(json, "evidence", s->nevidence);
        member_raw(json, "evidence_files", s->evidence ? s->evidence : "[]");
    }
    json_write_member_uint(json, "items", s->nitems);
    json_write_member_uint(json, "content_items", s->ncontent);
    json_write_member_uint(json, "content_bytes", s->nbytes);
    json_write_member_uint(json, "unsearched_items", s->nunsearched);
    json_write_member_uint(json, "unread_items", s->nunread);
    json_write_member_uint(json, "personal", s->npersonal);
    json_write_member_uint(json, "sensitive", s->nsensitive);
    json_write_member_uint(json, "minors_under_14", s->nminors);
    json_write_member_uint(json, "secrets", s->nsecrets);
    json_write_member_uint(json, "license_unknown_items", s->nlicense_unknown);
    json_write_member_uint(json, "license_conflict_items", s->nlicense_conflict);
    json_write_member_uint(json, "items_denied", s->nitems_denied);
    json_write_member_uint(json, "items_to_review", s->nitems_reviewed);
    json_write_end_object(json);
}

static void
write_term(struct json_write *json, const char *key, int term)
{
    if (term < 0)
        member_null(json, key);
    else
        json_write_member_bool(json, key, term != 0);
}

static void
write_license(struct json_write *json, const struct account_license *license)
{
    static const char *const from[] = {"item", "folder", "source"};
    uint64_t nitems = 0, nbytes = 0;
    begin_object(json, NULL);
    write_optional(json, "expression", license->expression);
    json_write_member_bool(json, "clear", license->clear);
    for (size_t i = 0; i < 4; i++) {
        nitems += license->nitems[i];
        nbytes += license->nbytes[i];
    }
    json_write_member_uint(json, "items", nitems);
    json_write_member_uint(json, "bytes", nbytes);
    begin_object(json, "stated_by");
    for (size_t i = 0; i < 3; i++)
        if (license->nitems[i])
            json_write_member_uint(json, from[i], license->nitems[i]);
    json_write_end_object(json);
    begin_object(json, "permits");
    write_term(json, "commercial", license->commercial);
    write_term(json, "derivatives", license->derivatives);
    write_term(json, "training", license->training);
    json_write_end_object(json);
    begin_object(json, "requires");
    write_term(json, "attribution", license->attribution);
    write_term(json, "share_alike", license->share_alike);
    json_write_end_object(json);
    json_write_end_object(json);
}

static void
write_licenses(struct json_write *json, const struct account *a)
{
    static const char *const matches[] = {
        [LICENSE_MENTION] = "mention",   [LICENSE_RESERVATION] = "reservation",
        [LICENSE_UNKNOWN] = "unknown",   [LICENSE_RESEMBLES] = "resembles",
        [LICENSE_MODIFIED] = "modified", [LICENSE_REFERENCE] = "reference",
        [LICENSE_TEXT] = "text",         [LICENSE_TAG] = "tag"};
    begin_object(json, "licenses");
    begin_array(json, "governing");
    for (size_t i = 0; i < a->nlicenses; i++)
        write_license(json, &a->licenses[i]);
    json_write_end_array(json);
    begin_array(json, "statements");
    for (size_t i = 0; i < a->nstatements; i++) {
        const struct account_group *s = &a->statements[i];
        bool known = s->level >= LICENSE_MENTION && s->level <= LICENSE_TAG;
        begin_object(json, NULL);
        json_write_member_bytes(json, "expression", s->code);
        json_write_member_text(json, "match", known ? matches[s->level] : "unknown");
        json_write_member_uint(json, "items", s->nitems);
        json_write_member_uint(json, "count", s->count);
        json_write_end_object(json);
    }
    json_write_end_array(json);
    json_write_member_uint(json, "items_with_copyright_notice", a->ncopyright_items);
    json_write_end_object(json);
}

static void
write_sample(struct json_write *json, const struct account *a, const struct account_sample *sample,
             const char *words, struct buf *locator)
{
    begin_object(json, NULL);
    write_place(json, a, &sample->place, locator);
    json_write_member_uint(json, "offset", sample->offset);
    json_write_member_uint(json, "length", sample->length);
    if (sample->row)
        json_write_member_uint(json, "row", sample->row);
    json_write_member_bytes(json, words, sample->evidence);
    json_write_end_object(json);
}

/* How far a finding of this detector can be relied on. */
static void
write_measured(struct json_write *json, const struct account_group *group)
{
    begin_object(json, "measured");
    json_write_member_int(json, "values", group->measured_values);
    json_write_member_int(json, "recall_permille", group->recall_permille);
    json_write_member_int(json, "precision_permille", group->precision_permille);
    json_write_end_object(json);
}

/* Findings, defects, or reservations of rights. */
static void
write_groups(struct json_write *json, const struct account *a, int kind, struct buf *locator)
{
    static const char *const names[][4] = {
        [FACT_FINDING] = {"findings", "detector", "class", "evidence"},
        [FACT_DEFECT] = {"defects", "code", "effect", "text"},
        [FACT_ATTRIBUTE] = {"reservations", "code", "says", "text"},
    };
    begin_array(json, names[kind][0]);
    for (size_t i = 0; i < a->ngroups; i++) {
        const struct account_group *group = &a->groups[i];
        if (group->kind != kind)
            continue;
        begin_object(json, NULL);
        json_write_member_bytes(json, names[kind][1], group->code);
        json_write_member_text(json, names[kind][2], group->class);
        if (kind == FACT_FINDING)
            json_write_member_int(json, "level", group->level);
        if (group->measured_values > 0)
            write_measured(json, group);
        json_write_member_uint(json, "items", group->nitems);
        json_write_member_uint(json, "count", group->count);
        begin_array(json, "samples");
        for (size_t j = 0; j < group->nsamples; j++)
            write_sample(json, a, &group->samples[j], names[kind][3], locator);
        json_write_end_array(json);
        json_write_end_object(json);
    }
    json_write_end_array(json);
}

static void
write_duplicates(struct json_write *json, const struct account *a, struct buf *locator)
{
    begin_object(json, "duplicates");
    json_write_member_uint(json, "groups", a->nduplicate_groups);
    json_write_member_uint(json, "redundant_items", a->nduplicate_items);
    json_write_member_uint(json, "redundant_bytes", a->duplicate_bytes);
    begin_array(json, "largest");
    for (size_t i = 0; i < a->nduplicates; i++) {
        const struct account_duplicate *d = &a->duplicates[i];
        begin_object(json, NULL);
        json_write_member_hex(json, "sha256", (struct bytes){d->sha256, SHA256_SIZE});
        json_write_member_uint(json, "size", d->size);
        json_write_member_uint(json, "count", d->count);
        begin_object(json, "first");
        write_place(json, a, &d->first, locator);
        json_write_end_object(json);
        begin_object(json, "last");
        write_place(json, a, &d->last, locator);
        json_write_end_object(json);
        json_write_end_object(json);
    }
    json_write_end_array(json);
    json_write_end_object(json);
}

static void
write_evidence(struct json_write *json, const struct account *a, const struct account_evidence *evidence,
               struct buf *locator)
{
    begin_object(json, NULL);
    json_write_member_text(json, "conformity", conformity_name(evidence->conformity));
    if (evidence->source)
        json_write_member_int(json, "source", evidence->source);
    write_place(json, a, &evidence->place, locator);
    begin_array(json, "facts");
    for (size_t i = 0; i < evidence->nfacts; i++) {
        const struct account_fact *fact = &evidence->facts[i];
        begin_object(json, NULL);
        json_write_member_text(json, "kind", fact_kind_name((enum fact_kind)fact->kind));
        json_write_member_bytes(json, "code", fact->code);
        if (fact->level)
            json_write_member_int(json, "level", fact->level);
        json_write_member_uint(json, "count", fact->count);
        json_write_end_object(json);
    }
    json_write_end_array(json);
    json_write_end_object(json);
}

static void
write_result_counts(struct json_write *json, const struct account_rule *rule)
{
    begin_object(json, "subjects");
    json_write_member_uint(json, "not_conform", rule->nnot_conform);
    json_write_member_uint(json, "undetermined", rule->nundetermined);
    json_write_member_uint(json, "conform", rule->nconform);
    json_write_member_uint(json, "not_applicable", rule->nnot_applicable);
    json_write_member_uint(json, "waived", rule->nwaived);
    json_write_end_object(json);
    if (rule->nsources) {
        begin_array(json, "sources");
        for (size_t i = 0; i < rule->nsources; i++) {
            begin_object(json, NULL);
            json_write_member_int(json, "source", rule->sources[i].source);
            json_write_member_text(json, "conformity", conformity_name(rule->sources[i].conformity));
            json_write_end_object(json);
        }
        json_write_end_array(json);
    }
}

static void
write_result(struct json_write *json, const struct account *a, const struct account_rule *rule,
             struct buf *locator)
{
    begin_object(json, NULL);
    json_write_member_text(json, "rule", rule->id);
    json_write_member_text(json, "pack", a->packs[rule->pack].id);
    json_write_member_text(json, "level", rule->level);
    json_write_member_text(json, "conformity", conformity_name(rule->conformity));
    json_write_member_text(json, "verdict", verdict_name(rule->verdict));
    json_write_member_text(json, "verdict_if_failed", verdict_name(rule->verdict_if_failed));
    if (rule->verdict_set_by != rule->pack) {
        json_write_member_text(json, "verdict_declared", verdict_name(rule->verdict_declared));
        json_write_member_text(json, "verdict_set_by", a->packs[rule->verdict_set_by].id);
        member_raw(json, "verdict_change", *rule->change ? rule->change : "null");
    }
    json_write_member_text(json, "basis", rule->basis);
    member_raw(json, "cite", rule->cite);
    json_write_member_text(json, "title_en", rule->title_en);
    json_write_member_text(json, "title_zh", rule->title_zh);
    if (rule->conformity >= CONFORMITY_UNDETERMINED) {
        json_write_member_text(json, "reason_en", rule->reason_en);
        json_write_member_text(json, "reason_zh", rule->reason_zh);
        json_write_member_text(json, "remedy_en", rule->remedy_en);
        json_write_member_text(json, "remedy_zh", rule->remedy_zh);
    }
    write_result_counts(json, rule);
    begin_array(json, "evidence");
    for (size_t i = 0; i < rule->nevidence; i++)
        write_evidence(json, a, &rule->evidence[i], locator);
    json_write_end_array(json);
    json_write_end_object(json);
}

static void
write_items_file(struct json_write *json, const struct account *a)
{
    if (!a->items_sha256)
        return;
    begin_object(json, "items_file");
    json_write_member_text(json, "name", "items.jsonl.zst");
    json_write_member_text(json, "sha256", a->items_sha256);
    json_write_member_uint(json, "bytes", a->items_bytes);
    json_write_member_uint(json, "lines", a->items_lines);
    json_write_end_object(json);
}

static int
append_piece(void *context, struct bytes piece, struct err *err)
{
    int status = buf_append(context, piece.data, piece.size);
    return status == PROV_OK ? PROV_OK : err_set(err, status, "out of memory");
}

int
manifest_render(const struct account *account, const struct report_options *options, struct buf *out,
                struct err *err)
{
    struct json_write json;
    struct buf locator = {0};
    (void)options;
    json_write_init(&json, append_piece, out, true, err);
    begin_object(&json, NULL);
    json_write_member_text(&json, "format", MANIFEST_FORMAT);
    write_verdict(&json, account);
    write_dataset(&json, account);
    write_coverage(&json, account);
    begin_array(&json, "results");
    for (size_t i = 0; i < account->nrules; i++)
        write_result(&json, account, &account->rules[i], &locator);
    json_write_end_array(&json);
    begin_array(&json, "sources");
    for (size_t i = 0; i < account->nsources; i++)
        write_source(&json, &account->sources[i]);
    json_write_end_array(&json);
    write_licenses(&json, account);
    write_groups(&json, account, FACT_FINDING, &locator);
    write_groups(&json, account, FACT_DEFECT, &locator);
    write_groups(&json, account, FACT_ATTRIBUTE, &locator);
    write_duplicates(&json, account, &locator);
    write_judgement(&json, account);
    write_tool(&json, account);
    write_items_file(&json, account);
    json_write_member_bool(&json, "complete", true);
    json_write_end_object(&json);
    json_write_line(&json);
    buf_finish(&locator);
    return json_write_finish(&json);
}
