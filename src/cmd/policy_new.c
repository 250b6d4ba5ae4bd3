/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `provscan policy new`: a pack to begin with. It holds one of each thing that a pack on top of another is
 * made of, with words that say what to put there, and passes `policy check` as it is: who changes it can see
 * at each step what broke.
 */
#include "cmd/policy_new.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json_write.h"
#include "base/outfile.h"
#include "policy/pack_set.h"

static void
write_both(struct json_write *json, const char *key, const char *en, const char *zh)
{
    json_write_key(json, key);
    json_write_begin_object(json);
    json_write_member_text(json, "en", en);
    json_write_member_text(json, "zh", zh);
    json_write_end_object(json);
}

/* One example: no value, or one of secrets. */
static void
write_example(struct json_write *json, int secrets, const char *expect)
{
    json_write_begin_object(json);
    json_write_key(json, "facts");
    json_write_begin_object(json);
    if (secrets >= 0)
        json_write_member_int(json, "secrets", secrets);
    json_write_end_object(json);
    json_write_member_text(json, "expect", expect);
    json_write_end_object(json);
}

static void
write_rule(struct json_write *json, const char *id, const char *today)
{
    char rule[80];
    (void)snprintf(rule, sizeof rule, "%s.example", id);
    json_write_begin_object(json);
    json_write_member_text(json, "id", rule);
    json_write_member_text(json, "level", "source");
    json_write_member_text(json, "fails_when", "secrets > :secrets_max");
    json_write_member_text(json, "shown_by", "secrets > 0");
    json_write_member_text(json, "verdict", "review");
    json_write_member_text(json, "basis", "primary");
    json_write_key(json, "cite");
    json_write_begin_array(json);
    json_write_begin_object(json);
    json_write_member_text(json, "law", "House rules");
    json_write_member_text(json, "article", "1");
    json_write_member_text(json, "in_force", today);
    json_write_end_object(json);
    json_write_end_array(json);
    write_both(json, "title", "What must hold", "应当满足的要求");
    write_both(json, "reason", "Why it does not.", "未满足的原因。");
    write_both(json, "remedy", "What to do.", "如何整改。");
    json_write_key(json, "examples");
    json_write_begin_array(json);
    write_example(json, 1, "not_conform");
    write_example(json, 0, "conform");
    write_example(json, -1, "undetermined");
    json_write_end_array(json);
    json_write_end_object(json);
}

static void
write_parameters(struct json_write *json)
{
    json_write_key(json, "parameters");
    json_write_begin_object(json);
    json_write_key(json, "secrets_max");
    json_write_begin_object(json);
    json_write_member_int(json, "value", 0);
    json_write_member_text(json, "tighter", "lower");
    write_both(json, "title", "Credentials that a source may hold", "单一来源可含凭据数量");
    json_write_end_object(json);
    json_write_end_object(json);
}

static void
write_pack(struct json_write *json, const char *id, const char *extends, const char *today)
{
    json_write_begin_object(json);
    json_write_member_text(json, "format", "provscan-pack-1");
    json_write_member_text(json, "id", id);
    json_write_member_text(json, "version", "1");
    write_both(json, "title", "Title of the pack", "规则包名称");
    write_both(json, "description", "What it is for, and what is not in it.", "用途以及未包括的内容。");
    json_write_key(json, "laws");
    json_write_begin_object(json);
    write_both(json, "House rules", "Rules of our organisation", "本组织规定");
    json_write_end_object(json);
    json_write_key(json, "extends");
    json_write_begin_array(json);
    json_write_text(json, extends);
    json_write_end_array(json);
    write_parameters(json);
    json_write_key(json, "set");
    json_write_begin_object(json);
    json_write_end_object(json);
    json_write_key(json, "overrides");
    json_write_begin_array(json);
    json_write_end_array(json);
    json_write_key(json, "rules");
    json_write_begin_array(json);
    write_rule(json, id, today);
    json_write_end_array(json);
    json_write_end_object(json);
    json_write_line(json);
}

static int
check_id(const char *id, struct err *err)
{
    size_t size = strlen(id);
    bool good = size > 0 && size <= 48 && id[0] >= 'a' && id[0] <= 'z' &&
                strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
    return good ? PROV_OK
                : err_set(err, PROV_E_USAGE, "policy: '%s' is no id of a pack: a-z, 0-9 and '-'", id);
}

int
policy_new(const char *dir, const char *id, const char *extends, const char *path, struct err *err)
{
    char name[PATH_MAX], today[16];
    struct pack_set set;
    struct json_write json;
    const char *base = extends ? extends : "core";
    struct pack_request request = {.policy_dir = dir, .names = &base, .nnames = 1};
    time_t now = time(NULL);
    struct tm day;
    TRY(check_id(id, err));
    TRY(pack_set_load(&request, &set, err));
    pack_set_finish(&set);
    (void)snprintf(name, sizeof name, "%s.json", id);
    path = path ? path : name;
    if (access(path, F_OK) == 0)
        return err_set(err, PROV_E_USAGE, "%s: is there already", path);
    (void)strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &day));
    json_write_init(&json, NULL, NULL, true, err);
    write_pack(&json, id, base, today);
    int status = json_write_finish(&json);
    if (status == PROV_OK)
        status = outfile_write_whole(path, buf_bytes(&json.text), err);
    buf_finish(&json.text);
    if (status == PROV_OK)
        printf("%s: change it, then run `provscan policy check %s` and `provscan policy diff %s %s`\n", path,
               path, base, path);
    return status;
}
