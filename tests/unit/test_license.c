/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The license inspector over the committed index and terms: what it states of small texts, written here, and of the
 * license texts that Debian installs.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/inspector.h"
#include "inspect/license.h"

extern const struct inspector INSPECTOR_license;

struct fixture {
    void *plan, *scratch;
    struct fact_list facts;
};

static void
setup(struct fixture *fixture)
{
    const struct inspect_config config = {.policy_dir = SOURCE_DIR "/policies"};
    struct err err = {0};
    *fixture = (struct fixture){0};
    cr_assert_eq(INSPECTOR_license.plan_create(&config, &fixture->plan, &err), PROV_OK, "%s", err.text);
    cr_assert_eq(INSPECTOR_license.scratch_create(fixture->plan, &fixture->scratch, &err), PROV_OK, "%s", err.text);
}

static void
teardown(struct fixture *fixture)
{
    INSPECTOR_license.scratch_destroy(fixture->scratch);
    INSPECTOR_license.plan_destroy(fixture->plan);
    fact_list_finish(&fixture->facts);
}

static void
inspect(struct fixture *fixture, struct bytes text)
{
    const struct segment segment = {.type = "text/plain",
                                    .encoding = "UTF-8",
                                    .text = text.data,
                                    .page = text.size,
                                    .first = true,
                                    .last = true};
    fact_list_clear(&fixture->facts);
    cr_assert_eq(INSPECTOR_license.segment(fixture->plan, fixture->scratch, &segment, &fixture->facts), PROV_OK);
}

/* "tag MIT; mention X" in order, copyright notices left out, each once. */
static void
summarise(const struct fixture *fixture, struct buf *out)
{
    static const char *const levels[] = {"none",     "mention",  "reservation", "unknown", "resembles",
                                         "modified", "reference", "text",       "tag"};
    buf_clear(out);
    for (size_t i = 0; i < fixture->facts.nfacts; i++) {
        const struct fact *fact = &fixture->facts.facts[i];
        struct buf one = {0};
        if (fact->kind != FACT_LICENSE)
            continue;
        cr_assert_eq(buf_printf(&one, "%s %s", levels[fact->level], fact->code), PROV_OK);
        if (!strstr(buf_text(out), buf_text(&one)))
            cr_assert_eq(buf_printf(out, "%s%s", out->size ? "; " : "", buf_text(&one)), PROV_OK);
        buf_finish(&one);
    }
}

struct license_case {
    char text[700];
    char facts[160];
};

static struct license_case cases[] = {
    /* SPDX tags in comments of all kinds */
    {"/* SPDX-License-Identifier: MIT */\nint x;", "tag MIT"},
    {"# SPDX-License-Identifier: gpl-2.0+ or mit\n", "tag GPL-2.0-or-later OR MIT"},
    {"<!-- SPDX-License-Identifier: Apache-2.0 -->", "tag Apache-2.0"},
    {"SPDX-License-Identifier = \"BSD-2-Clause\"", "tag BSD-2-Clause"},
    {"// SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT",
     "tag GPL-2.0-only WITH Linux-syscall-note OR MIT"},
    {"dnl SPDX-License-Identifier: LicenseRef-House-1 dnl", "tag LicenseRef-House-1"},
    {"Write `SPDX-License-Identifier: <id>` at the top.", ""},
    /* metadata */
    {"---\nlicense: cc-by-nc-4.0\n---\n", "tag CC-BY-NC-4.0"},
    {"---\nlicense:\n- mit\n- apache-2.0\n---\n", "tag MIT; tag Apache-2.0"},
    {"---\nlicense: [mit, cc0-1.0]\n---\n", "tag MIT; tag CC0-1.0"},
    {"{\"license\": \"MIT\", \"x\": 1}", "tag MIT"},
    {"{\"license\":\"(MIT OR Apache-2.0)\"}", "tag Apache-2.0 OR MIT"},
    {"{\"licenses\": [{\"type\": \"BSD-3-Clause\", \"url\": \"x\"}]}", "tag BSD-3-Clause"},
    {"{\"max_stars_repo_licenses\": [\"Apache-2.0\"]}", "tag Apache-2.0"},
    {"[package]\nlicense = \"MIT/Apache-2.0\"\n", "tag Apache-2.0 OR MIT"},
    {"Files: *\nCopyright: 2020 Ann\nLicense: GPL-2+\n", "tag GPL-2.0-or-later"},
    {"License: GPL-2+ or Artistic\n", "tag Artistic-1.0-Perl OR GPL-2.0-or-later"},
    {"License: Expat\n", "tag MIT"},
    {"License:        GPLv2+ and LGPLv2+\n", "tag GPL-2.0-or-later AND LGPL-2.0-or-later"},
    {"Classifier: License :: OSI Approved :: MIT License\n", "tag MIT"},
    {"<license><name>The Apache Software License, Version 2.0</name></license>", "tag Apache-2.0"},
    {"MODULE_LICENSE(\"GPL v2\");", "tag GPL-2.0-only"},
    {"---\nlicense: llama3.1\n---\n", "tag LicenseRef-Llama-3.1"},
    {"---\nlicense: bigscience-openrail-m\n---\n", "tag LicenseRef-BigScience-OpenRAIL-M"},
    {"---\nlicense: other\n---\n", "tag LicenseRef-other"},
    {"  license = load_license(path);\n", ""},
    {"  license: string;\n", ""},
    {"    other = {'license': unknown}\n", ""},
    /* not fields of a record */
    {"if (package.license === 'MIT') {\n", "mention MIT"},
    {"Supported licenses: MIT, ISC, Apache-2.0\n", "mention MIT; mention Apache-2.0"},
    /* notices */
    {"This program is free software; you can redistribute it and/or modify\nit under the terms of the GNU General "
     "Public License as published by\nthe Free Software Foundation; either version 2 of the License, or\n(at your "
     "option) any later version.\n\nYou should have received a copy of the GNU General Public License\nalong with "
     "this program.",
     "reference GPL-2.0-or-later"},
    {" * under the terms of version 2 of the GNU General Public License as\n * published by the Free Software "
     "Foundation.",
     "reference GPL-2.0-only"},
    {"It may be used under the GPL, version 3 (not later!).", "reference GPL-3.0-only"},
    {"released under the LGPLv2.1+.", "reference LGPL-2.1-or-later"},
    {"licensed under the GNU GPL version 2 or version 3", "reference GPL-2.0-only OR GPL-3.0-only"},
    {"under the terms of either\n * the GNU Lesser General Public License as published by the FSF; either version 3 "
     "of the License, or (at your option) any later version\n\nor\n\n * the GNU General Public License as published by "
     "the FSF; either version 2 of the License, or (at your option) any later version",
     "reference GPL-2.0-or-later OR LGPL-3.0-or-later"},
    {"Licensed under the Apache License, Version 2.0 (the \"License\"); you may not use this file except in "
     "compliance with the License.",
     "reference Apache-2.0"},
    {"Licensed under either of Apache License, Version 2.0 or MIT license at your option.",
     "reference Apache-2.0 OR MIT"},
    {"you may redistribute it under the same terms as Perl itself.",
     "reference Artistic-1.0-Perl OR GPL-1.0-or-later"},
    {"Use of this source code is governed by a BSD-style license that can be found in the LICENSE file.",
     "reference LicenseRef-BSD"},
    {"## License\n\nMIT\n", "reference MIT"},
    {"# License and Copyright\n[MIT \xc2\xa9 Ann Example](./LICENSE)\n", "reference MIT"},
    {"MIT License\n", "reference MIT"},
    {"This work has been placed in the public domain.", "reference LicenseRef-public-domain"},
    {"// This file is provided under a dual BSD/GPLv2 license.  When using or\n// redistributing this file, you may do so "
     "under either license.",
     "reference BSD-3-Clause OR GPL-2.0-only"},
    {"This file is subject to the terms and conditions of the GNU General Public\nLicense.  See the file \"COPYING\" in the "
     "main directory of this archive\nfor more details.",
     "reference GPL-2.0-only"},
    {"If distributed as part of a kernel, this code is licensed under the\nterms of the GPL v2.\n\nOtherwise, the following "
     "terms apply:\n\nMIT License\n",
     "reference GPL-2.0-only OR MIT"},
    {"under the terms of the GNU Free Documentation License, Version 1.3 or any later version published by the Free "
     "Software Foundation; with no Invariant Sections, no Front-Cover Texts, and no Back-Cover Texts.",
     "reference GFDL-1.3-no-invariants-or-later"},
    {"under the GNU Free Documentation License, Version 1.2; with the Invariant Sections being \"History\".",
     "reference GFDL-1.2-invariants-only"},
    /* license language of no known text */
    {"The supplier grants the customer a license to use the software on one machine. No other rights are granted. The "
     "customer shall not redistribute, sublicense or reproduce the software without prior written consent. The software is "
     "proprietary and protected by copyright. To the extent permitted by law the supplier disclaims all warranties, express "
     "or implied, and shall not be liable for consequential damages. This agreement terminates upon breach of its terms.",
     "unknown LicenseRef-unknown-license"},
    {"The parties hereby agree that the pipes shall be delivered by noon. The purchaser may terminate this contract upon "
     "breach of its terms. Notwithstanding any obligations hereunder, the consent of the harbour master is required, and "
     "any rights reserved to the parties therein shall be governed by the jurisdiction of the port.",
     ""},
    {"Licensed under the Apache License 2.0 (the \"License\"). You can obtain a copy in the file LICENSE or at "
     "https://www.openssl.org/source/license.html",
     "reference Apache-2.0"},
    {"Bindings are also available in Ruby, through curl, with ICU.", ""},
    {"licensed under the Ruby license", "reference Ruby"},
    /* what a driver tells the module loader */
    {"// SPDX-License-Identifier: GPL-2.0-or-later\nMODULE_LICENSE(\"GPL\");", "tag GPL-2.0-or-later"},
    {"/* under the terms of version 2 of the GNU General Public License or later */\nMODULE_LICENSE(\"GPL v2\");",
     "reference GPL-2.0-or-later"},
    {"MODULE_LICENSE(\"GPL\");", "tag GPL-2.0-only"},
    {"MODULE_LICENSE(\"Dual MIT/GPL\");", "tag GPL-2.0-only OR MIT"},
    {"/* SPDX-License-Identifier: GPL-2.0 */\n/* Intel widget */\n", "tag GPL-2.0-only"},
    /* dataset cards */
    {"The dataset is released under the [Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International "
     "License](https://creativecommons.org/licenses/by-nc-sa/4.0/).",
     "reference CC-BY-NC-SA-4.0"},
    {"The annotations are available under CC BY 4.0.", "reference CC-BY-4.0"},
    {"licensed under a Creative Commons Attribution Share Alike 3.0 Unported license", "reference CC-BY-SA-3.0"},
    {"This corpus is distributed under the Open Data Commons Attribution License (ODC-By) v1.0.",
     "reference ODC-By-1.0"},
    {"The data may be used for research purposes only.", "reference LicenseRef-research-only"},
    {"use is governed by the Gemma Terms of Use", "reference LicenseRef-Gemma"},
    {"本数据集采用知识共享 CC BY-NC 4.0 许可协议发布，仅供学术研究使用。",
     "reference CC-BY-NC-4.0; reference LicenseRef-research-only"},
    /* mentions */
    {"The tool is compatible with the GPL.", "mention GPL-1.0-or-later"},
    {"Unlike Apache-2.0, our terms are different; see the licence office.", "mention Apache-2.0"},
    {"She studied at MIT and works on licensing.", ""},
    {"EXPORT_SYMBOL_GPL(foo); /* license */", ""},
    {"requires Python 2.0 and a license", ""},
    /* reservations */
    {"Copyright (c) 2020 Ann Example. All rights reserved.", "reservation LicenseRef-rights-reserved"},
    {"Copyright (c) 2020 Ann. All rights reserved.\nSPDX-License-Identifier: MIT", "tag MIT"},
    {"版权所有，未经许可，禁止转载。", "reservation LicenseRef-rights-reserved"},
    {"無断転載を禁じます。", "reservation LicenseRef-rights-reserved"},
};

ParameterizedTestParameters(license, states_what_a_text_says)
{
    return cr_make_param_array(struct license_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct license_case *one, license, states_what_a_text_says)
{
    struct fixture fixture;
    struct buf facts = {0};
    setup(&fixture);
    inspect(&fixture, bytes_of(one->text));
    summarise(&fixture, &facts);
    cr_assert_str_eq(buf_text(&facts), one->facts, "%s\n got: %s", one->text, buf_text(&facts));
    buf_finish(&facts);
    teardown(&fixture);
}

static bool
read_file(const char *path, struct buf *content)
{
    FILE *file = fopen(path, "rb");
    buf_clear(content);
    if (!file)
        return false;
    for (size_t got = 1; got > 0; content->size += got) {
        cr_assert_eq(buf_reserve(content, 65536), PROV_OK);
        got = fread(content->data + content->size, 1, 65536, file);
    }
    (void)fclose(file);
    return true;
}

Test(license, recognises_the_texts_that_debian_installs)
{
    static const char *const texts[][2] = {
        {"Apache-2.0", "text Apache-2.0"},  {"Artistic", "text Artistic-1.0-Perl"}, {"CC0-1.0", "text CC0-1.0"},
        {"GFDL-1.2", "text GFDL-1.2-only"}, {"GFDL-1.3", "text GFDL-1.3-only"},     {"GPL-1", "text GPL-1.0-only"},
        {"GPL-2", "text GPL-2.0-only"},     {"GPL-3", "text GPL-3.0-only"},         {"LGPL-2", "text LGPL-2.0-only"},
        {"LGPL-2.1", "text LGPL-2.1-only"}, {"MPL-1.1", "text MPL-1.1"},            {"MPL-2.0", "text MPL-2.0"}};
    struct fixture fixture;
    struct buf content = {0}, facts = {0};
    size_t nread = 0;
    setup(&fixture);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "/usr/share/common-licenses/%s", texts[i][0]);
        if (!read_file(path, &content))
            continue;
        nread++;
        inspect(&fixture, buf_bytes(&content));
        summarise(&fixture, &facts);
        cr_assert_str_eq(buf_text(&facts), texts[i][1], "%s: %s", path, buf_text(&facts));
    }
    cr_assert_gt(nread, 5, "Debian's base-files has these texts");
    buf_finish(&content);
    buf_finish(&facts);
    teardown(&fixture);
}

Test(license, keeps_copyright_notices_with_their_holders)
{
    static const char text[] = "/*\n * Copyright (c) 2012-2019 Ann Example <ann@example.org>\n"
                               " * (C) Copyright 2001 by Bob Example\n * \xc2\xa9 2020 Carol\n"
                               " * The above copyright notice and this\n * Copyright (c) <year> <owner>\n */\n"
                               "# SPDX-FileCopyrightText: 2021 Dan Example\n";
    static const char *const lines[] = {"Copyright (c) 2012-2019 Ann Example <ann@example.org>",
                                        "(C) Copyright 2001 by Bob Example", "\xc2\xa9 2020 Carol", "2021 Dan Example"};
    struct fixture fixture;
    size_t found = 0;
    setup(&fixture);
    inspect(&fixture, bytes_of(text));
    for (size_t i = 0; i < fixture.facts.nfacts; i++) {
        const struct fact *fact = &fixture.facts.facts[i];
        if (fact->kind != FACT_COPYRIGHT)
            continue;
        cr_assert_lt(found, 4);
        cr_assert(bytes_equal(fact->evidence, bytes_of(lines[found])), "%.*s", (int)fact->evidence.size,
                  (const char *)fact->evidence.data);
        cr_assert_eq(memcmp(text + fact->offset, lines[found], 8), 0);
        found++;
    }
    cr_assert_eq(found, 4);
    teardown(&fixture);
}

/* A text with a notice at the end of it, cut into two segments at every place near the notice. */
Test(license, does_not_depend_on_where_segments_are_cut)
{
    static const char notice[] = "\n/* SPDX-License-Identifier: MIT */\n/* Copyright (c) 2020 Ann Example */\n";
    enum { LEAD = 700, TAIL = 5000 };
    size_t size = LEAD + sizeof notice - 1 + TAIL;
    uint8_t *text = malloc(size);
    struct fixture fixture;
    setup(&fixture);
    memset(text, 'x', size);
    for (size_t i = 60; i < size; i += 61)
        text[i] = '\n';
    memcpy(text + LEAD, notice, sizeof notice - 1);
    for (size_t cut = LEAD - 5; cut < LEAD + sizeof notice + 5; cut++) {
        size_t before = cut < 512 ? cut : 512, after = size - cut < 4096 ? size - cut : 4096;
        const struct segment one = {.text = text, .page = cut, .after = after, .first = true};
        const struct segment two = {.text = text + cut - before,
                                    .before = before,
                                    .page = size - cut,
                                    .offset = cut - before,
                                    .last = true};
        fact_list_clear(&fixture.facts);
        cr_assert_eq(INSPECTOR_license.segment(fixture.plan, fixture.scratch, &one, &fixture.facts), PROV_OK);
        cr_assert_eq(INSPECTOR_license.segment(fixture.plan, fixture.scratch, &two, &fixture.facts), PROV_OK);
        cr_assert_eq(fixture.facts.nfacts, 2, "cut at %zu: %zu facts", cut, fixture.facts.nfacts);
        cr_assert_eq(fixture.facts.facts[0].offset, LEAD + 4);
    }
    free(text);
    teardown(&fixture);
}

Test(license, counts_every_row_that_states_a_license)
{
    struct fixture fixture;
    struct buf rows = {0};
    size_t count = 0;
    setup(&fixture);
    for (int i = 0; i < 9000; i++)
        cr_assert_eq(buf_printf(&rows, "{\"license\": \"%s\", \"text\": \"row %d\"}\n", i % 3 ? "mit" : "cc-by-4.0", i), PROV_OK);
    inspect(&fixture, buf_bytes(&rows));
    for (size_t i = 0; i < fixture.facts.nfacts; i++)
        count += fixture.facts.facts[i].level == LICENSE_TAG;
    cr_assert_eq(count, 9000);
    buf_finish(&rows);
    teardown(&fixture);
}

Test(license, stays_within_any_bytes)
{
    static const char *const seeds[] = {"license: ", "SPDX-License-Identifier: ", "http://gnu.org/licenses/", "GPL",
                                        "Copyright (c) 2020 ", "under version ", "CC BY-", "license\":[\""};
    struct fixture fixture;
    setup(&fixture);
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
        for (int byte = 0; byte < 256; byte++)
            for (size_t size = 0; size <= 3; size++) {
                size_t length = strlen(seeds[i]);
                uint8_t *text = malloc(length + size);
                memcpy(text, seeds[i], length);
                memset(text + length, byte, size);
                inspect(&fixture, (struct bytes){.data = text, .size = length + size});
                free(text);
            }
    teardown(&fixture);
}
