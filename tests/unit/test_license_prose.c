/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What prose states and what it only mentions, in the manner of dataset cards, READMEs and documents about licenses. All
 * texts are written for this test.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/inspector.h"

extern const struct inspector INSPECTOR_license;

struct prose {
    char text[420];
    char states[120]; /* licenses that apply, ordered, each once */
};

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
add_codes(const char *expression, const char **codes, size_t *ncodes, struct arena *arena)
{
    for (const char *at = expression; *at;) {
        size_t size = strcspn(at, " ()");
        bool word = (size == 3 && memcmp(at, "AND", 3) == 0) || (size == 2 && memcmp(at, "OR", 2) == 0);
        if (size && !word)
            codes[(*ncodes)++] = arena_text(arena, (struct bytes){.data = (const uint8_t *)at, .size = size});
        at += size + (at[size] != 0);
    }
}

static void
check(const struct prose *prose)
{
    static void *plan, *scratch; /* of this process, which runs one test */
    const struct inspect_config config = {.policy_dir = SOURCE_DIR "/policies"};
    struct fact_list facts = {0};
    struct arena arena = {0};
    struct buf states = {0};
    const char *codes[64];
    size_t ncodes = 0, size = strlen(prose->text);
    const struct segment segment = {.type = "text/markdown",
                                    .encoding = "UTF-8",
                                    .text = (const uint8_t *)prose->text,
                                    .page = size,
                                    .first = true,
                                    .last = true};
    if (!plan) {
        cr_assert_eq(INSPECTOR_license.plan_create(&config, &plan, NULL), PROV_OK);
        cr_assert_eq(INSPECTOR_license.scratch_create(plan, &scratch, NULL), PROV_OK);
    }
    cr_assert_eq(INSPECTOR_license.segment(plan, scratch, &segment, &facts), PROV_OK);
    for (size_t i = 0; i < facts.nfacts && ncodes < 48; i++)
        if (facts.facts[i].kind == FACT_LICENSE && facts.facts[i].level >= LICENSE_MODIFIED)
            add_codes(facts.facts[i].code, codes, &ncodes, &arena);
    if (ncodes)
        qsort(codes, ncodes, sizeof codes[0], compare_texts);
    for (size_t i = 0; i < ncodes; i++)
        if (i == 0 || strcmp(codes[i], codes[i - 1]) != 0)
            cr_assert_eq(buf_printf(&states, "%s%s", states.size ? "; " : "", codes[i]), PROV_OK);
    cr_expect_str_eq(buf_text(&states), prose->states, "%s\n   states %s, not %s", prose->text, buf_text(&states),
                     prose->states);
    buf_finish(&states);
    arena_finish(&arena);
    fact_list_finish(&facts);
}

/* English cards */
static struct prose stated[] = {
    {"### Licensing Information\n\nThe dataset is released under the Creative Commons Attribution 4.0 International License.", "CC-BY-4.0"},
    {"### Licensing Information\n\nCC BY-SA 3.0", "CC-BY-SA-3.0"},
    {"### Licensing Information\n\nThis dataset is licensed under a Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International License (CC BY-NC-SA 4.0).", "CC-BY-NC-SA-4.0"},
    {"### Licensing Information\n\n[CC BY-NC 4.0](https://creativecommons.org/licenses/by-nc/4.0/)", "CC-BY-NC-4.0"},
    {"### Licensing Information\n\nAttribution-NonCommercial-ShareAlike 4.0 International [Creative Commons 4.0](https://creativecommons.org/licenses/by-nc-sa/4.0/)", "CC-BY-NC-SA-4.0"},
    {"### Licensing Information\n\n[More Information Needed]", ""},
    {"### Licensing Information\n\nApache License 2.0", "Apache-2.0"},
    {"### Licensing Information\n\nMIT license", "MIT"},
    {"### Licensing Information\n\nThe data is provided under the terms of the [MIT license](https://opensource.org/licenses/MIT).", "MIT"},
    {"### Licensing Information\n\nNon-commercial use only.", "LicenseRef-non-commercial"},
    {"### Licensing Information\n\nThe dataset may be used for research purposes only.", "LicenseRef-research-only"},
    {"### Licensing Information\n\nThe dataset is available for non-commercial research purposes only.", "LicenseRef-research-only"},
    {"### Licensing Information\n\nThis work is in the public domain.", "LicenseRef-public-domain"},
    {"### Licensing Information\n\nPublic Domain", "LicenseRef-public-domain"},
    {"### Licensing Information\n\nCC0: Public Domain", "CC0-1.0"},
    {"### Licensing Information\n\nCreative Commons Zero v1.0 Universal", "CC0-1.0"},
    {"### Licensing Information\n\nODbL v1.0", "ODbL-1.0"},
    {"### Licensing Information\n\nOpen Data Commons Attribution License (ODC-By) v1.0", "ODC-By-1.0"},
    {"### Licensing Information\n\nThe annotations are licensed under CC-BY 4.0, the code under Apache 2.0.", "Apache-2.0; CC-BY-4.0"},
    {"### Licensing Information\n\nGNU General Public License v3.0", "GPL-3.0-only"},
    {"### Licensing Information\n\nGNU Lesser General Public License v3.0", "LGPL-3.0-only"},
    {"### Licensing Information\n\nThe dataset is distributed under the Community Data License Agreement - Permissive - Version 2.0.", "CDLA-Permissive-2.0"},
    {"### Licensing Information\n\nOpen Use of Data Agreement v1.0", "O-UDA-1.0"},
    {"### Licensing Information\n\nMicrosoft Research Data License Agreement", "LicenseRef-MSR-Data"},
    {"### Licensing Information\n\nThe Gutenberg books are in the public domain in the USA.", "LicenseRef-public-domain"},
    {"### Licensing Information\n\nThis dataset is distributed under the CC BY 4.0 license.\n\n### Citation Information\n", "CC-BY-4.0"},
    {"### Licensing Information\n\nCreative Commons Attribution Share-Alike 4.0 (CC BY-SA 4.0)", "CC-BY-SA-4.0"},
    {"### Licensing Information\n\nWikipedia text is available under the Creative Commons Attribution-ShareAlike 3.0 Unported License (CC BY-SA) and the GNU Free Documentation License (GFDL).", "CC-BY-SA-3.0; GFDL-1.1-or-later"},
    {"### Licensing Information\n\nThe dataset is licensed under CC BY-NC-ND 4.0.", "CC-BY-NC-ND-4.0"},
    {"### Licensing Information\n\nAttribution-NonCommercial 4.0 International (CC BY-NC 4.0)", "CC-BY-NC-4.0"},
    {"### Licensing Information\n\nCreative Commons Attribution 4.0", "CC-BY-4.0"},
    {"### Licensing Information\n\nCC-BY-SA", "LicenseRef-CC-BY-SA"},
    {"### Licensing Information\n\nOpenRAIL-M license", "LicenseRef-OpenRAIL"},
    {"### Licensing Information\n\nBSD 3-Clause License", "BSD-3-Clause"},
    {"### Licensing Information\n\nAll data is released under the UK Open Government Licence v3.0.", "OGL-UK-3.0"},
    {"### Licensing Information\n\nContains public sector information licensed under the Open Government Licence v3.0.", "OGL-UK-3.0"},
    {"### Licensing Information\n\nThe dataset is licensed under the Llama 2 Community License.", "LicenseRef-Llama-2"},
    {"### Licensing Information\n\nUse is subject to the Gemma Terms of Use.", "LicenseRef-Gemma"},
    {"### Licensing Information\n\nWe do not own any of the text from which these data has been extracted. We license the actual packaging of these parallel data under the Creative Commons CC0 license (\"no rights reserved\").", "CC0-1.0"},
    {"### Licensing Information\n\nAvailable under the CC-BY-4.0 license, see https://creativecommons.org/licenses/by/4.0/legalcode", "CC-BY-4.0"},
    {"### Licensing Information\n\nThe data are Copyright (C) 2019 Example Corp. All rights reserved.", ""},
    {"### Licensing Information\n\nhttps://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"},
    {"## License\n\nThis dataset is made available under the [Open Database License](http://opendatacommons.org/licenses/odbl/1.0/). Any rights in individual contents of the database are licensed under the [Database Contents License](http://opendatacommons.org/licenses/dbcl/1.0/).", "LicenseRef-DbCL-1.0; ODbL-1.0"},
    {"- **License:** cc-by-sa-4.0\n", "CC-BY-SA-4.0"},
    {"**License**: [Apache 2.0](LICENSE)\n", "Apache-2.0"},
    {"- License: GPL-3.0\n", "GPL-3.0-only"},
    {"License: Creative Commons Attribution-ShareAlike 4.0 International", "CC-BY-SA-4.0"},
    {"The corpus is freely available for research and non-commercial use.", "LicenseRef-research-only"},
    {"The dataset is free for academic use only. Commercial use is prohibited.", "LicenseRef-non-commercial; LicenseRef-research-only"},
    {"Please note that this data is only for academic research purpose.", "LicenseRef-research-only"},
};

ParameterizedTestParameters(license_prose, what_cards_state)
{
    return cr_make_param_array(struct prose, stated, sizeof stated / sizeof stated[0]);
}

ParameterizedTest(struct prose *prose, license_prose, what_cards_state)
{
    check(prose);
}

/* Chinese, Japanese, German, French, Spanish, Portuguese */
static struct prose in_other_languages[] = {
    {"### Licensing Information\n\nCommunity Data License Agreement – Sharing, Version 1.0", "CDLA-Sharing-1.0"},
    {"### Licensing Information\n\nLicence Ouverte / Open Licence version 2.0", "etalab-2.0"},
    {"本数据集采用知识共享署名-非商业性使用-相同方式共享 4.0 国际许可协议进行许可。", "CC-BY-NC-SA-4.0"},
    {"本作品采用 CC BY-NC 4.0 许可协议。", "CC-BY-NC-4.0"},
    {"本数据集仅供学术研究使用，禁止商业用途。", "LicenseRef-non-commercial; LicenseRef-research-only"},
    {"未经许可，禁止转载。", ""},
    {"本项目基于 Apache 2.0 许可证开源。", "Apache-2.0"},
    {"本项目采用木兰宽松许可证，第2版。", "MulanPSL-2.0"},
    {"代码遵循MIT协议。", "MIT"},
    {"このデータセットは CC BY 4.0 ライセンスの下で公開されています。", "CC-BY-4.0"},
    {"本データセットはクリエイティブ・コモンズ 表示 - 継承 4.0 国際 ライセンスの下に提供されています。", "CC-BY-SA-4.0"},
    {"MITライセンスで公開しています。", "MIT"},
    {"商用利用は禁止です。研究目的に限り利用できます。", "LicenseRef-non-commercial; LicenseRef-research-only"},
    {"Dieser Datensatz steht unter der Creative Commons Namensnennung - Weitergabe unter gleichen Bedingungen 4.0 International Lizenz.", "CC-BY-SA-4.0"},
    {"Datenlizenz Deutschland – Namensnennung – Version 2.0", "DL-DE-BY-2.0"},
    {"Der Quelltext ist unter der MIT-Lizenz veröffentlicht.", "MIT"},
    {"Veröffentlicht unter der GNU General Public License, Version 3 oder (nach Ihrer Wahl) jeder späteren Version.", "GPL-3.0-or-later"},
    {"Nur für nicht-kommerzielle Zwecke.", "LicenseRef-non-commercial"},
    {"Ce jeu de données est mis à disposition selon les termes de la Licence Creative Commons Attribution - Pas d'Utilisation Commerciale - Partage dans les Mêmes Conditions 4.0 International.", "CC-BY-NC-SA-4.0"},
    {"Ce logiciel est distribué sous licence MIT.", "MIT"},
    {"Ce programme est régi par la licence CeCILL soumise au droit français, version 2.1.", "CECILL-2.1"},
    {"Licence Ouverte 2.0 (Etalab)", "etalab-2.0"},
    {"Usage réservé à la recherche.", "LicenseRef-research-only"},
    {"Este conjunto de datos se distribuye bajo una licencia Creative Commons Atribución-NoComercial 4.0 Internacional.", "CC-BY-NC-4.0"},
    {"Esta obra está bajo una Licencia Creative Commons Reconocimiento-CompartirIgual 4.0 Internacional.", "CC-BY-SA-4.0"},
    {"Este programa es software libre bajo la licencia Apache 2.0.", "Apache-2.0"},
    {"Solo para uso no comercial.", "LicenseRef-non-commercial"},
    {"Este dataset está licenciado sob a licença MIT.", "MIT"},
};

ParameterizedTestParameters(license_prose, what_is_stated_in_other_languages)
{
    return cr_make_param_array(struct prose, in_other_languages, sizeof in_other_languages / sizeof in_other_languages[0]);
}

ParameterizedTest(struct prose *prose, license_prose, what_is_stated_in_other_languages)
{
    check(prose);
}

/* documents about licenses, lists, comparisons, programs */
static struct prose mentioned[] = {
    {"This tool is compatible with GPL-3.0 and Apache-2.0 licensed projects.", ""},
    {"Supported licenses: MIT, Apache-2.0, BSD-3-Clause, GPL-2.0, GPL-3.0, LGPL-2.1, MPL-2.0.", ""},
    {"Unlike the GPL, permissive licenses such as MIT allow proprietary reuse.", ""},
    {"The function returns the SPDX id of the license, e.g. MIT or Apache-2.0.", ""},
    {"const allowed = ['MIT', 'ISC', 'Apache-2.0', 'BSD-3-Clause'];", ""},
    {"if (pkg.license === 'MIT') { count++; }", ""},
    {"We filtered The Stack to files under permissive licenses (MIT, Apache-2.0, BSD).", ""},
    {"How do I add an Apache 2.0 header to my files?", ""},
    {"| License | Files |\n|---|---|\n| MIT | 120 |\n| Apache-2.0 | 88 |\n| GPL-3.0 | 7 |\n", ""},
    {"The license detector recognises texts such as the BSD-2-Clause license and the Mozilla Public License 2.0.", ""},
    {"Do not copy code licensed under the GPL into this repository.", ""},
    {"Contributions under GPL or AGPL are not accepted.", ""},
    {"License: see the LICENSE file.", ""},
    {"The GPL is a copyleft license written by Richard Stallman.", ""},
    {"The Apache License 2.0 is not compatible with GPLv2.", ""},
    {"def is_gpl(text):\n    return 'GNU General Public License' in text\n", ""},
    {"Questions about CC BY-SA 4.0? Read the Creative Commons FAQ.", ""},
};

ParameterizedTestParameters(license_prose, that_mentions_state_nothing)
{
    return cr_make_param_array(struct prose, mentioned, sizeof mentioned / sizeof mentioned[0]);
}

ParameterizedTest(struct prose *prose, license_prose, that_mentions_state_nothing)
{
    check(prose);
}

/* fields, attributes and headers that state a license for machines */
static struct prose fields[] = {
    {"<html><head><link rel=\"license\" href=\"https://creativecommons.org/licenses/by-nc/4.0/\"></head><body>Hello</body></html>",
     "CC-BY-NC-4.0"},
    {"<p>All text <a href=\"https://creativecommons.org/licenses/by-sa/4.0/\" rel=\"nofollow license\">here</a></p>",
     "CC-BY-SA-4.0"},
    {"<div about=\"#x\"><a property=\"cc:license\" href=\"http://creativecommons.org/licenses/by/3.0/\">x</a></div>",
     "CC-BY-3.0"},
    {"<span property=\"dct:license\" resource=\"https://opendatacommons.org/licenses/odbl/1-0/\"></span>",
     "ODbL-1.0"},
    {"<script type=\"application/ld+json\">{\"@type\":\"Dataset\",\"license\":\"https://creativecommons.org/publicdomain/zero/1.0/\"}</script>",
     "CC0-1.0"},
    {"<script type=\"application/ld+json\">{\"@type\":\"Dataset\",\"license\":{\"@type\":\"CreativeWork\",\"name\":\"CC BY 4.0\",\"url\":\"https://creativecommons.org/licenses/by/4.0/\"}}</script>",
     "CC-BY-4.0"},
    {"<div itemscope itemtype=\"https://schema.org/Dataset\"><a itemprop=\"license\" href=\"https://creativecommons.org/licenses/by/4.0/\">terms</a></div>",
     "CC-BY-4.0"},
    {"<meta name=\"dcterms.license\" content=\"https://creativecommons.org/licenses/by-nd/4.0/\">",
     "CC-BY-ND-4.0"},
    {"<meta name=\"dc.rights\" content=\"CC BY 4.0\">",
     "CC-BY-4.0"},
    {"<meta name=\"DC.rights\" content=\"(c) 2020 Example Press. All rights reserved.\">",
     ""},
    {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nLink: <https://creativecommons.org/licenses/by/4.0/>; rel=\"license\"\r\n\r\n<html>",
     "CC-BY-4.0"},
    {"<rdf:Description xmpRights:Marked=\"True\" xmpRights:WebStatement=\"https://creativecommons.org/licenses/by-nc-nd/4.0/\"><cc:license rdf:resource=\"https://creativecommons.org/licenses/by-nc-nd/4.0/\"/></rdf:Description>",
     "CC-BY-NC-ND-4.0"},
    {"<xmpRights:UsageTerms><rdf:Alt><rdf:li xml:lang=\"x-default\">Licensed under CC BY 4.0</rdf:li></rdf:Alt></xmpRights:UsageTerms>",
     "CC-BY-4.0"},
    {"{\"content\": \"/*\\n * Licensed under the Apache License, Version 2.0 (the \\\"License\\\");\\n * you may not use this file except in compliance with the License.\\n */\\nint main;\", \"lang\": \"c\"}",
     "Apache-2.0"},
    {"{\"content\": \"# SPDX-License-Identifier: MIT\\nprint(1)\\n\"}",
     "MIT"},
    {"{\"text\": \"\\u672c\\u9879\\u76ee\\u91c7\\u7528 MIT \\u8bb8\\u53ef\\u8bc1\"}",
     "MIT"},
    {"{\"detected_licenses\": [\"MIT\", \"Apache-2.0\"], \"license_type\": \"permissive\"}",
     "Apache-2.0; MIT"},
    {"{\"gha_license_id\": \"GPL-3.0\"}",
     "GPL-3.0-only"},
    {"{\"licenses\": [{\"name\": \"ODC-PDDL-1.0\", \"path\": \"http://opendatacommons.org/licenses/pddl/\", \"title\": \"Open Data Commons Public Domain Dedication\"}]}",
     "PDDL-1.0"},
    {"{\"licenses\":[{\"name\":\"CC0-1.0\"}]}",
     "CC0-1.0"},
    {"{\"@context\": {}, \"license\": \"https://spdx.org/licenses/MIT.html\"}",
     "MIT"},
    {"{\"rightsList\":[{\"rightsIdentifier\":\"cc-by-4.0\",\"rightsURI\":\"https://creativecommons.org/licenses/by/4.0/legalcode\",\"rightsIdentifierScheme\":\"SPDX\"}]}",
     "CC-BY-4.0"},
    {"cff-version: 1.2.0\nlicense: Apache-2.0\nlicense-url: https://example.org\n",
     "Apache-2.0"},
    {"[project]\nlicense = {text = \"MIT License\"}\n",
     "MIT"},
    {"[project]\nlicense = \"MIT AND (Apache-2.0 OR BSD-2-Clause)\"\n",
     "Apache-2.0; BSD-2-Clause; MIT"},
    {"[project]\nlicense = {file = \"LICENSE\"}\n",
     ""},
    {"setup(name=\"x\", license=\"BSD-3-Clause\", classifiers=[\"License :: OSI Approved :: BSD License\"])",
     "BSD-3-Clause"},
    {"Metadata-Version: 2.1\nName: x\nLicense-Expression: Apache-2.0 OR MIT\nLicense-File: LICENSE\n",
     "Apache-2.0; MIT"},
    {"<licenses><license><name>Eclipse Public License - v 2.0</name><url>https://www.eclipse.org/legal/epl-2.0/</url></license></licenses>",
     "EPL-2.0"},
    {"{\"name\":\"v/p\",\"license\":[\"MIT\",\"GPL-2.0-or-later\"]}",
     "GPL-2.0-or-later; MIT"},
    {"{\"license\":\"proprietary\"}",
     "LicenseRef-proprietary"},
    {"License: GPLv2+ with exceptions\n",
     "GPL-2.0-or-later"},
    {"s.licenses = [\"MIT\", \"Ruby\"]\n",
     "MIT; Ruby"},
    {"<license type=\"expression\">MIT OR Apache-2.0</license>",
     "Apache-2.0; MIT"},
    {"license: BSD-3-Clause\nlicense-file: LICENSE\n",
     "BSD-3-Clause"},
    {"=head1 LICENSE\n\nThis library is free software; you can redistribute it and/or modify it under the same terms as Perl itself.\n",
     "Artistic-1.0-Perl; GPL-1.0-or-later"},
    {"<siteinfo><rights><rightsinfo text=\"Creative Commons Attribution-ShareAlike 4.0\" url=\"https://creativecommons.org/licenses/by-sa/4.0/\"/></rights></siteinfo>",
     "CC-BY-SA-4.0"},
    {"licenses:\n  - name: CC-BY-4.0\n    path: https://creativecommons.org/licenses/by/4.0/\n",
     "CC-BY-4.0"},
    {"{\"license\": {\"name\": \"MIT\", \"url\": \"https://opensource.org/licenses/MIT\"}}",
     "MIT"},
    {"{\"usageInfo\": \"https://example.org/terms\", \"copyrightNotice\": \"(c) 2021 Example Press\"}",
     ""},
    {"<p>We never write <a href=\"/x\" rel=\"nofollow\">MIT</a> or <meta name=\"author\" content=\"GPL\">.</p>",
     ""},
    {"{\"note\": \"\\u672c\\u6587\\u4ef6\\u63d0\\u5230 MIT \\u5b66\\u9662\"}",
     ""},
    {"License :: OSI Approved :: Apache Software License",
     "Apache-2.0"},
};

ParameterizedTestParameters(license_prose, what_fields_and_attributes_state)
{
    return cr_make_param_array(struct prose, fields, sizeof fields / sizeof fields[0]);
}

ParameterizedTest(struct prose *prose, license_prose, what_fields_and_attributes_state)
{
    check(prose);
}
