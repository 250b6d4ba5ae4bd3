/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small words between license names, by what they do. Six languages share one table: a word means
 * the same wherever it stands, and a text that mixes languages needs no guess which one it is in.
 */
#include "inspect/license_words.h"

#include <stddef.h>
#include <string.h>

#include "base/status.h"
#include "inspect/license_token.h"

static const struct {
    uint64_t classes;
    const char *words; /**< with one space between */
} vocabulary[] = {
    {WORD_VERSION, "version versions v ver vers release rev versión version"},
    {WORD_LATER, "later newer above greater higher subsequent ultérieure ultérieures posterior posteriores "
                 "später spätere späteren "
                 "neuere neueren"},
    {WORD_OR, "or oder ou o 或"},
    {WORD_AND, "and und et y 和"},
    {WORD_OF, "of der de du la"},
    {WORD_FILL,
     "at plain the a an terms term conditions condition license licenses licence licences agreement "
     "provisions following "
     "same either both version this these gnu its free open source permissive standard simple very liberal "
     "own "
     "of and or any full current our following den der die das dem einer la le les los las el un una des "
     "international "
     "new official well known usual more original either two both license lizenz licencia osi approved "
     "creative commons non commercial public software documentation copyleft"},
    {WORD_APPLY,
     "licensed licensing released distributed available provided published covered governed offered shared "
     "redistributed redistribute modify modified copied made issued subject according accordance pursuant "
     "use used "
     "uses using relicensed sublicensed licenciado veröffentlicht lizenziert verfügbar publié distribué "
     "disponible "
     "distribuido publicado adopts adopt carries bears permitted placed release distribute publish license "
     "contributed submitted accessible open sourced opensourced hosted obtained governing"},
    {WORD_UNDER, "under unter sous bajo sotto sob"},
    {WORD_WITH, "by with to via per as in using"},
    {WORD_LICENSE, "license licenses licence licensed licensing licensable lizenz licencia licenza licença "
                   "lizenziert rightsinfo "
                   "rightslist rightsuri rightsidentifier"},
    {WORD_NEGATE,
     "not compatible incompatible compatibility unlike instead rather similar eg formerly previously neither "
     "nor whether like compare compared versus vs converted replaced difference differences "
     "unlikely prohibit cannot supersedes superseded nicht incompatibility permissively ensure accept "
     "accepts "
     "accepted recommend recommends recommended prefer supported supports allow allowed allowlist denylist "
     "whitelist"},
    {WORD_CHOICE, "dual dually either choice choose select triple tri multi disjunctive alternatively option "
                  "your options wahlweise"},
    {WORD_INSTEAD, "alternatively alternately alternative otherwise"},
    {WORD_RECEIVED, "copy copies see received copying reproduced"},
    {WORD_PLURAL, "licenses lizenzen licencias licenças"},
    {WORD_SUBJECT, "requires require allows permits lets grants does has was were means says states forbids "
                   "prohibits guarantees imposes "
                   "differs compares provides"},
    {WORD_TEXT, "text file details contents"},
    {WORD_INVARIANT, "invariant invariants"},
    {WORD_WITHOUT, "without"},
    {WORD_LEGAL, "hereby herein hereunder thereof thereto therein notwithstanding proprietary copyright "
                 "copyrights copyrighted "
                 "intellectual prohibited restrictions restriction rights reserved consent conditions "
                 "obligations royalty perpetual "
                 "irrevocable worldwide nonexclusive transferable breach derivative confidential patent "
                 "patents trademark trademarks "
                 "jurisdiction governed terminate terminated termination sublicense sublicensed assign "
                 "notice notices disclaimer "
                 "retain reproduce modification endorse"},
    {WORD_LEGAL_GRANT,
     "grant grants granted granting permission permissions permitted authorized authorised consent"},
    {WORD_LEGAL_LICENSE, "license licenses licensed licensee licensees licensor licensors agreement terms "
                         "redistribute redistribution "
                         "redistributions distribution"},
    {WORD_LEGAL_LIABILITY, "warranty warranties warranted merchantability noninfringement liability "
                           "liabilities liable damages indemnify "
                           "indemnification consequential incidental disclaim disclaims disclaimed "
                           "disclaimer fitness negligence tort implied"},
    {WORD_LEGAL_OBJECT,
     "software data dataset datasets database model models program code work works product products content "
     "contents "
     "documentation materials material file files source corpus images weights service services font fonts"},
    {WORD_IS, "is are be been was ist est es 是"},
    {WORD_ATTRIBUTION,
     "by attribution namensnennung reconocimiento atribución atribuição attribuzione naamsvermelding"},
    {WORD_NONCOMMERCIAL, "nc noncommercial nocomercial nãocomercial"},
    {WORD_NODERIVATIVES,
     "nd noderivs noderivatives noderivative noderiv sinderivadas sinderivar semderivações"},
    {WORD_SHAREALIKE, "sa sharealike compartirigual compartilhaigual"},
    {WORD_NON, "non no"},
    {WORD_COMMERCIAL, "commercial"},
    {WORD_DERIVATIVES, "derivatives derivs derivative derivate"},
    {WORD_SHARE, "share"},
    {WORD_ALIKE, "alike"},
    {WORD_CC, "cc"},
    {WORD_CREATIVE, "creative"},
    {WORD_COMMONS, "commons common"},
    {WORD_PORT, "international unported generic universal intl internacional internationale internazionale "
                "internationaal"},
    {WORD_ONLY, "only"},
    {WORD_KEY, "license licenses licenseid licensedeclared licenseconcluded packagelicensedeclared "
               "packagelicenseconcluded licenseexpression rights rightsidentifier rightsuri"},
    {WORD_KEY_MORE, "expression name id identifier type declared concluded key spdx"},
    {WORD_PLACE, "year yyyy yyy owner fullname holder holders name notice"},
    {WORD_COPYRIGHT, "copyright copr"},
    {WORD_SIGN, "c"},
    {WORD_BY, "by"},
    {WORD_FILE_TEXT, "filecopyrighttext"},
    {WORD_SPDX, "spdx"},
    {WORD_IDENTIFIER, "identifier"},
    {WORD_COMPACT, "gpl1 gpl2 gpl3 gplv1 gplv2 gplv3 lgpl1 lgpl2 lgpl3 lgplv1 lgplv2 lgplv3 agpl1 agpl2 "
                   "agpl3 agplv1 agplv2 "
                   "agplv3 gfdl1 gfdl2 gfdl3 gfdlv1 gfdlv2 gfdlv3 fdl1 fdl2 fdl3 fdlv1 fdlv2 fdlv3"},
    {WORD_DEDICATE, "placed dedicated released put donated hereby dedicates puts places release releases "
                    "dedicate committed"},
};

/* Phrases that keep rights; words, since spaces and line ends fall anywhere. */
static const char *const reservations[] = {
    "all rights reserved",
    "alle rechte vorbehalten",
    "tous droits réservés",
    "todos los derechos reservados",
    "todos os direitos reservados",
    "tutti i diritti riservati",
    "unauthorized copying",
    "unauthorised copying",
    "proprietary and confidential",
    "confidential and proprietary",
    "may not be reproduced",
    "版权所有",
    "版權所有",
    "保留所有权利",
    "保留所有權利",
    "保留一切权利",
    "未经许可",
    "未經許可",
    "未经授权",
    "未經授權",
    "禁止转载",
    "禁止轉載",
    "不得转载",
    "不得轉載",
    "谢绝转载",
    "無断転載",
    "無断複製",
    "転載禁止",
    "転載を禁",
};

void
license_words_add(struct license_words *words, uint32_t hash, uint64_t classes)
{
    uint32_t at = hash & (WORD_TABLE_SIZE - 1);
    while (words->slots[at].classes && words->slots[at].hash != hash)
        at = (at + 1) & (WORD_TABLE_SIZE - 1);
    words->slots[at].hash = hash;
    words->slots[at].classes |= classes;
}

static int
add_phrases(struct license_words *words)
{
    struct license_tokens tokens = {0};
    for (size_t i = 0; i < sizeof reservations / sizeof reservations[0] && i < PHRASES_MAX; i++) {
        int status = license_tokenize(bytes_of(reservations[i]), &tokens);
        if (status != PROV_OK) {
            license_tokens_finish(&tokens);
            return status;
        }
        for (size_t j = 0; j < tokens.ntokens && j < PHRASE_WORDS_MAX; j++)
            words->phrases[i].words[words->phrases[i].nwords++] = tokens.tokens[j].hash;
        license_words_add(words, words->phrases[i].words[0], WORD_RESERVES);
        words->nphrases++;
    }
    license_tokens_finish(&tokens);
    return PROV_OK;
}

int
license_words_init(struct license_words *words)
{
    *words = (struct license_words){0};
    for (size_t i = 0; i < sizeof vocabulary / sizeof vocabulary[0]; i++)
        for (const char *at = vocabulary[i].words; *at;) {
            char word[64] = {0};
            size_t size = strcspn(at, " ");
            memcpy(word, at, size < sizeof word ? size : sizeof word - 1);
            license_words_add(words, license_word(word), vocabulary[i].classes);
            at += size + (at[size] == ' ');
        }
    return add_phrases(words);
}
