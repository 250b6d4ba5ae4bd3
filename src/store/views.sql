-- SPDX-License-Identifier: Apache-2.0
--
-- What the judge makes of a store: its tables, and the documented views that rules test. The judge runs this
-- whole file each time, so a store made by an older provscan is judged by the newest rules, and what an earlier
-- judgement wrote is gone.
--
-- The three views at the end, one for each level of a rule, are the surface for policy authors and for people who
-- open the store with sqlite3, DuckDB or pandas; src/policy/facts.def describes each of their columns, and a test
-- holds the two together. Two habits run through them:
--
--   NULL is "not known". A count of things found is NULL when none was found and something could not be searched:
--   absence of a signal is not a signal of absence. Use it in a test and the test comes out NULL, "undetermined".
--
--   Source 0 is everything that no declaration covers. It is a source like any other, with declared = 0.

DROP VIEW IF EXISTS unit_ledger;
DROP VIEW IF EXISTS item_facts;
DROP VIEW IF EXISTS source_facts;
DROP VIEW IF EXISTS dataset_facts;
DROP TABLE IF EXISTS defect;
DROP TABLE IF EXISTS license;
DROP TABLE IF EXISTS detector;
DROP TABLE IF EXISTS source;
DROP TABLE IF EXISTS source_evidence;
DROP TABLE IF EXISTS scope;
DROP TABLE IF EXISTS source_unit;
DROP TABLE IF EXISTS source_license;
DROP TABLE IF EXISTS item_sum;
DROP TABLE IF EXISTS source_sum;
DROP TABLE IF EXISTS dataset_sum;
DROP TABLE IF EXISTS duplicate;
DROP TABLE IF EXISTS pack;
DROP TABLE IF EXISTS parameter;
DROP TABLE IF EXISTS rule;
DROP TABLE IF EXISTS result;
DROP TABLE IF EXISTS source_result;
DROP TABLE IF EXISTS evidence;
DROP TABLE IF EXISTS waiver;
DROP TABLE IF EXISTS outcome;
DROP TABLE IF EXISTS item_outcome;
DROP TABLE IF EXISTS source_verdict;

CREATE TABLE defect (            -- the vocabulary of defects (model/defect.h)
  code TEXT PRIMARY KEY,
  effect TEXT NOT NULL           -- noted, damaged, unread
) WITHOUT ROWID;

CREATE TABLE license (           -- every license expression that governs an item, with what it permits
  id INTEGER PRIMARY KEY,
  expression TEXT NOT NULL,
  clear INTEGER NOT NULL,        -- 0: license words that match no known text; what it permits is not known
  commercial INTEGER,            -- 1 permitted, 0 not, NULL not known; so for the next two
  derivatives INTEGER,
  training INTEGER,
  attribution INTEGER,           -- 1 required, 0 not, NULL not known
  share_alike INTEGER
);

CREATE TABLE detector (          -- what the findings of a detector count as
  code TEXT PRIMARY KEY,
  class TEXT NOT NULL,           -- person, sensitive, financial, secret ...; minor: an additional fact of a finding
  measured_values INTEGER,       -- values of its own test set; NULL: not measured, and so for the next two
  recall_permille INTEGER,
  precision_permille INTEGER
) WITHOUT ROWID;

CREATE TABLE source (            -- as declared in provscan.sources.json; 0 stands for what is not declared
  ordinal INTEGER PRIMARY KEY,
  license INTEGER,               -- id in license: use.license
  evidence_days_left INTEGER,    -- from the day of judgement to evidence_valid_to
  id TEXT, title TEXT, version TEXT, location TEXT, issuer TEXT,
  countries TEXT,                -- of provenance.origin-geography, joined by ','
  methods TEXT, provenance_date TEXT,
  kind TEXT,                     -- open, self-collected, commercial, user, public-data, synthetic
  missing_fields INTEGER NOT NULL, -- required fields of Data Provenance Standards 1.0.0 that are not there
  missing_names TEXT,            -- their names, joined by ','
  pipl_art13 TEXT, gdpr_art6 TEXT, copyright_basis TEXT,
  purposes TEXT,                 -- codes of use.intended-purpose, joined by ','
  personal_declared INTEGER,     -- 1 declared to hold personal data, 0 declared to hold none, NULL not declared
  consents INTEGER NOT NULL, privacy_measures INTEGER NOT NULL, guardian_consent TEXT,
  likeness_consent TEXT, evidence_license INTEGER NOT NULL, evidence_contract INTEGER NOT NULL,
  evidence_collection_record INTEGER NOT NULL, evidence_consent INTEGER NOT NULL,
  evidence_authorisation INTEGER NOT NULL, evidence_robots INTEGER NOT NULL,
  evidence_pia INTEGER NOT NULL, evidence_ethics INTEGER NOT NULL,
  evidence_valid_to TEXT,        -- the earliest day on which a piece of evidence ends
  evidence_unreviewed INTEGER NOT NULL, evidence_absent INTEGER NOT NULL,
  evidence_differs INTEGER NOT NULL, evidence_undigested INTEGER NOT NULL,
  evidence_unchecked INTEGER NOT NULL, collection_method TEXT, collection_robots TEXT,
  collection_crawler TEXT, collection_urls TEXT, collection_start TEXT, collection_end TEXT,
  contract_party TEXT, contract_reviewed INTEGER, contract_retain_until TEXT, user_service TEXT,
  user_id_scheme TEXT, user_terms_version TEXT, user_opt_out_at TEXT, synthetic_model TEXT,
  synthetic_version TEXT, synthetic_acquired TEXT, annotation_rules TEXT,
  annotators_trained INTEGER, annotation_separate INTEGER, annotation_sampled REAL, grade TEXT,
  audience_minors INTEGER, is_foreign INTEGER, ip_lead TEXT, ip_risk_record TEXT,
  complaints TEXT
);

CREATE TABLE source_evidence (   -- the files that declarations rest on
  source INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  type TEXT NOT NULL, path TEXT NOT NULL,
  sha256 TEXT,                   -- as declared
  sha256_found TEXT,             -- of the file, when it was read
  state TEXT NOT NULL,           -- unchecked, absent, differs, undigested, matches
  valid_from TEXT, valid_to TEXT, reviewed_by TEXT, reviewed_at TEXT,
  PRIMARY KEY (source, ordinal)
) WITHOUT ROWID;

CREATE TABLE scope (             -- what the dataset is declared to be for (policy/scope.def)
  name TEXT PRIMARY KEY,
  value NOT NULL,                -- a text, a number, or 1 and 0
  flag TEXT                      -- true or false, for 1 and 0
) WITHOUT ROWID;

CREATE TABLE source_unit (       -- which source a unit belongs to
  unit INTEGER PRIMARY KEY,      -- unit.id
  source INTEGER NOT NULL,       -- the first that matches
  nmatches INTEGER NOT NULL      -- how many match: more than one is a contradiction
);

CREATE TABLE item_sum (          -- items of which there is something to say
  unit INTEGER NOT NULL,         -- unit.id
  item INTEGER NOT NULL,
  license INTEGER,               -- id in license
  license_from INTEGER,          -- 0 the item itself, 1 a license file of its folder or one above, 2 its source
  license_conflict INTEGER,      -- 1: found and declared differ
  license_unclear INTEGER NOT NULL,
  noncommercial_terms INTEGER NOT NULL,
  personal INTEGER NOT NULL, personal_possible INTEGER NOT NULL,
  sensitive INTEGER NOT NULL, minors INTEGER NOT NULL,
  secrets INTEGER NOT NULL, secrets_possible INTEGER NOT NULL,
  defects INTEGER NOT NULL, damaged INTEGER NOT NULL, unread INTEGER NOT NULL,
  reserved INTEGER NOT NULL, reserved_unofficial INTEGER NOT NULL,
  license_unit INTEGER,          -- unit.id and item of the license file that speaks, where license_from is 1
  license_item INTEGER,
  PRIMARY KEY (unit, item)
) WITHOUT ROWID;

CREATE TABLE source_sum (        -- totals of the items of one source
  source INTEGER PRIMARY KEY,
  items INTEGER NOT NULL, content_items INTEGER NOT NULL, content_bytes INTEGER NOT NULL,
  unsearched_items INTEGER NOT NULL, unsearched_bytes INTEGER NOT NULL,
  text_items INTEGER NOT NULL, image_items INTEGER NOT NULL, audio_items INTEGER NOT NULL,
  video_items INTEGER NOT NULL, model_items INTEGER NOT NULL,
  encrypted_items INTEGER NOT NULL, partial_items INTEGER NOT NULL,
  defect_items INTEGER NOT NULL, damaged_items INTEGER NOT NULL, unread_items INTEGER NOT NULL,
  personal INTEGER NOT NULL, personal_items INTEGER NOT NULL, personal_possible INTEGER NOT NULL,
  sensitive INTEGER NOT NULL, minors INTEGER NOT NULL,
  secrets INTEGER NOT NULL, secret_items INTEGER NOT NULL, secrets_possible INTEGER NOT NULL,
  license_unknown_items INTEGER NOT NULL, license_unknown_bytes INTEGER NOT NULL,
  license_unclear_items INTEGER NOT NULL, license_conflict_items INTEGER NOT NULL,
  noncommercial_items INTEGER NOT NULL, no_derivatives_items INTEGER NOT NULL,
  no_training_items INTEGER NOT NULL, share_alike_items INTEGER NOT NULL,
  financial INTEGER NOT NULL, identity INTEGER NOT NULL,
  reserved_items INTEGER NOT NULL, reserved_unofficial_items INTEGER NOT NULL
);

CREATE TABLE source_license (    -- content items and bytes of a source under one license
  source INTEGER NOT NULL,
  license INTEGER NOT NULL,      -- id in license; 0: none known
  license_from INTEGER NOT NULL, -- as in item_sum; 3: none
  items INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (source, license, license_from)
) WITHOUT ROWID;

CREATE TABLE dataset_sum (       -- what is not a total of items; one row
  units INTEGER NOT NULL, file_units INTEGER NOT NULL, unfinished_units INTEGER NOT NULL,
  bytes INTEGER NOT NULL,        -- on disk; = read + alias + skipped + unreadable
  bytes_read INTEGER NOT NULL, bytes_alias INTEGER NOT NULL,
  bytes_skipped INTEGER NOT NULL, bytes_unreadable INTEGER NOT NULL,
  skipped_units INTEGER NOT NULL, unreadable_units INTEGER NOT NULL,
  duplicate_items INTEGER NOT NULL, -- content items that repeat an earlier one
  duplicate_bytes INTEGER NOT NULL,
  is_complete INTEGER NOT NULL,
  keyword_age_days INTEGER       -- from scope.keyword_updated to the day of judgement
);

CREATE TABLE duplicate (         -- content that is there more than once
  sha256 BLOB PRIMARY KEY,
  size INTEGER NOT NULL,
  count INTEGER NOT NULL,
  first_unit INTEGER NOT NULL, first_item INTEGER NOT NULL, -- ordinals of the first one
  last_unit INTEGER NOT NULL, last_item INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS review_sample ( -- the manual sample: at most one row, kept from judgement to judgement
  plan TEXT NOT NULL,
  root_digest TEXT NOT NULL,     -- of the content that it was drawn from
  size INTEGER NOT NULL,         -- items drawn
  marked INTEGER NOT NULL, clean INTEGER NOT NULL, -- as the reviewers marked them
  bad_lower REAL, bad_upper REAL, -- Clopper-Pearson bounds of the share that is not clean, 95 %
  marks_sha256 TEXT,             -- of the worksheet that was read
  is_current INTEGER NOT NULL    -- 1 when the content is still the same
);

CREATE TABLE pack (              -- the packs judged under, each after those that it extends
  ordinal INTEGER PRIMARY KEY,
  id TEXT NOT NULL, version TEXT NOT NULL,
  title_en TEXT NOT NULL, title_zh TEXT NOT NULL,
  sha256 TEXT NOT NULL,          -- of the file
  file TEXT NOT NULL,            -- its name, without the folder
  applies_when TEXT,             -- condition over parameters; NULL: always
  otherwise_en TEXT, otherwise_zh TEXT, -- why its rules do not apply, when they do not
  applies INTEGER NOT NULL       -- 0 when no rule of it applies
);

CREATE TABLE parameter (         -- named thresholds and readings of the packs
  pack INTEGER NOT NULL,         -- that declares it
  name TEXT NOT NULL,
  value,                         -- in force
  value_declared,                -- as the declaring pack has it
  set_by INTEGER NOT NULL,       -- the pack whose value is in force
  title_en TEXT NOT NULL, title_zh TEXT NOT NULL,
  reason_en TEXT, reason_zh TEXT, cite TEXT, -- why another pack set it, and by what law
  PRIMARY KEY (pack, name)
) WITHOUT ROWID;

CREATE TABLE rule (
  ordinal INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  pack INTEGER NOT NULL,
  level TEXT NOT NULL,           -- item, source, dataset
  verdict INTEGER NOT NULL,      -- enum verdict: when it fails
  verdict_declared INTEGER NOT NULL, -- before a pack tightened or loosened it
  verdict_set_by INTEGER NOT NULL,   -- the pack whose verdict is in force
  basis TEXT NOT NULL,           -- primary, secondary, memory
  applies_when TEXT, fails_when TEXT NOT NULL,
  title_en TEXT NOT NULL, title_zh TEXT NOT NULL,
  reason_en TEXT NOT NULL, reason_zh TEXT NOT NULL,
  remedy_en TEXT NOT NULL, remedy_zh TEXT NOT NULL,
  cite TEXT NOT NULL,            -- JSON array of {law, article, in_force, title}
  override_en TEXT, override_zh TEXT, override_cite TEXT -- why another pack changed the verdict, and by what law
);

CREATE TABLE result (            -- one row a rule
  rule INTEGER PRIMARY KEY,
  conformity INTEGER NOT NULL,   -- enum conformity
  verdict INTEGER NOT NULL,      -- enum verdict
  subjects INTEGER NOT NULL,     -- items, sources or datasets that it was tested on
  nnot_conform INTEGER NOT NULL, nundetermined INTEGER NOT NULL,
  nconform INTEGER NOT NULL, nnot_applicable INTEGER NOT NULL,
  nwaived INTEGER NOT NULL       -- subjects that are not conform or open, and waived: they do not count for the verdict
);

CREATE TABLE source_result (     -- one row for each rule of the level source and each source
  rule INTEGER NOT NULL,
  source INTEGER NOT NULL,
  conformity INTEGER NOT NULL,
  PRIMARY KEY (rule, source)
) WITHOUT ROWID;

CREATE TABLE evidence (          -- the first items that a result rests on
  rule INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  conformity INTEGER NOT NULL,   -- what the rule said of it (or of its source)
  source INTEGER NOT NULL,
  unit INTEGER NOT NULL,         -- unit.id
  item INTEGER NOT NULL,
  PRIMARY KEY (rule, ordinal)
) WITHOUT ROWID;

CREATE TABLE waiver (            -- what people took upon themselves (policy/waivers.h)
  ordinal INTEGER PRIMARY KEY,
  rule TEXT NOT NULL, level TEXT NOT NULL,
  sha256 TEXT NOT NULL,          -- of the item; of the source; the root digest
  what TEXT NOT NULL, reason TEXT NOT NULL, approver TEXT NOT NULL,
  granted TEXT NOT NULL, expires TEXT NOT NULL,
  state TEXT NOT NULL,           -- in_force, no_match, expired, not_begun, no_day, no_rule
  matches INTEGER NOT NULL       -- subjects that it meets
);

CREATE TABLE outcome (           -- the different things that rules say of items
  id INTEGER PRIMARY KEY,
  verdict INTEGER NOT NULL,
  not_conform TEXT NOT NULL,     -- JSON array of rule ids
  undetermined TEXT NOT NULL,    -- JSON array of rule ids
  waived TEXT                    -- JSON array of the ids of rules that are not met or open, and waived; NULL: none
);

CREATE TABLE item_outcome (      -- runs of items whose verdict is not allow: first to last of one unit
  unit INTEGER NOT NULL,         -- unit.id
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  PRIMARY KEY (unit, first)
) WITHOUT ROWID;

CREATE TABLE source_verdict (    -- the worst of a source's own results and of its items
  source INTEGER PRIMARY KEY,
  verdict INTEGER NOT NULL,
  items_denied INTEGER NOT NULL,
  items_reviewed INTEGER NOT NULL
);

CREATE VIEW unit_ledger AS       -- where the bytes of each file on disk went: bytes = read + alias + skipped + unreadable
SELECT unit_id, unit, kind, bytes, bytes_read, bytes_alias, bytes_skipped,
  bytes - bytes_read - bytes_alias - bytes_skipped AS bytes_unreadable,
  CASE WHEN kind = 5 THEN rule END AS rule,
  CASE WHEN kind = 6 OR (kind = 0 AND bytes > bytes_read) THEN coalesce(
    (SELECT fact.code FROM fact JOIN defect ON defect.code = fact.code
      WHERE fact.unit = unit_id AND fact.item = 0 AND fact.kind = 0 AND defect.effect = 'unread'
      ORDER BY fact.ordinal LIMIT 1),
    CASE WHEN state = 1 THEN 'not_explained' ELSE 'not_scanned' END) END AS reason
FROM (
  SELECT unit.id AS unit_id, unit.ordinal AS unit, unit.kind, unit.state, unit.rule,
    CASE WHEN unit.kind IN (0, 4, 5, 6) THEN unit.size ELSE 0 END AS bytes,
    CASE WHEN unit.kind = 0 AND unit.state = 1 THEN min(unit.size, coalesce(item.size, 0)) ELSE 0 END AS bytes_read,
    CASE WHEN unit.kind = 4 THEN unit.size ELSE 0 END AS bytes_alias,
    CASE WHEN unit.kind = 5 THEN unit.size ELSE 0 END AS bytes_skipped
  FROM unit LEFT JOIN item ON item.unit = unit.id AND item.ordinal = 0
  WHERE unit.ordinal IS NOT NULL);

CREATE VIEW item_facts AS
SELECT unit_id, unit, item, kind, depth, size, type, encoding, format,
  is_content, is_container, is_partial, is_encrypted, is_text, is_opaque, is_searched,
  source, source_kind, source_matches,
  license, license_from, license_commercial, license_derivatives, license_training,
  license_attribution, license_share_alike, license_unclear, license_conflict, noncommercial_terms,
  coalesce(nullif(personal, 0), nullif(is_searched, 0) - 1) AS personal,
  coalesce(nullif(personal_possible, 0), nullif(is_searched, 0) - 1) AS personal_possible,
  coalesce(nullif(sensitive, 0), nullif(is_searched, 0) - 1) AS sensitive,
  coalesce(nullif(minors, 0), nullif(is_searched, 0) - 1) AS minors_under_14,
  coalesce(nullif(secrets, 0), nullif(is_searched, 0) - 1) AS secrets,
  coalesce(nullif(secrets_possible, 0), nullif(is_searched, 0) - 1) AS secrets_possible,
  defects, damaged, unread,
  CASE WHEN type LIKE 'image/%' THEN instr(name, char(36523, 20221, 35777)) OR instr(name, 'idcard') OR instr(name, 'id_card')
    OR instr(name, 'id-card') OR instr(name, 'identity_card') OR instr(name, 'identitycard') ELSE 0 END AS idcard_image,
  coalesce(nullif(reserved > 0, 0), nullif(is_searched, 0) - 1) AS reserved,
  coalesce(nullif(reserved_unofficial > 0, 0), nullif(is_searched, 0) - 1) AS reserved_unofficial,
  NULL AS refused, NULL AS blocked, NULL AS infringing,
  NULL AS labels, NULL AS label_missing_fields, NULL AS label_bad_values, NULL AS label_bad_characters,
  NULL AS label_unknown_keys, NULL AS labels_differ, NULL AS label_shell,
  NULL AS content_a1, NULL AS content_a2, NULL AS content_a3, NULL AS content_a4
FROM (
  SELECT unit.id AS unit_id, unit.ordinal AS unit, item.ordinal AS item,
    CASE item.kind WHEN 0 THEN 'file' WHEN 1 THEN 'directory' WHEN 2 THEN 'symlink' WHEN 3 THEN 'hardlink'
                   ELSE 'special' END AS kind,
    item.depth, item.size, item.type, item.encoding, item.format,
    lower(CAST(unit.path AS TEXT) || '!' || CAST(item.path AS TEXT)) AS name,
    item.kind = 0 AND item.size > 0 AND item.flags & 65 = 0
      AND unit.path NOT IN (CAST('provscan.sources.json' AS BLOB), CAST('.provscanignore' AS BLOB)) AS is_content,
    item.flags & 1 AS is_container, (item.flags & 2) > 0 AS is_partial, (item.flags & 4) > 0 AS is_encrypted,
    (item.flags & 16) > 0 AS is_text, (item.flags & 32) > 0 AS is_opaque,
    (item.flags & 2 = 0 AND coalesce(s.unread, 0) = 0
      AND (item.kind <> 0 OR item.flags & 64 > 0 OR item.size = 0 OR item.flags & 17 > 0)) AS is_searched,
    coalesce(source_unit.source, 0) AS source, source.kind AS source_kind,
    coalesce(source_unit.nmatches, 0) AS source_matches,
    CASE license.clear WHEN 1 THEN license.expression END AS license,
    CASE s.license_from WHEN 0 THEN 'item' WHEN 1 THEN 'folder' WHEN 2 THEN 'source' END AS license_from,
    license.commercial AS license_commercial, license.derivatives AS license_derivatives,
    license.training AS license_training, license.attribution AS license_attribution,
    license.share_alike AS license_share_alike,
    coalesce(s.license_unclear, 0) AS license_unclear, s.license_conflict,
    coalesce(s.noncommercial_terms, 0) AS noncommercial_terms,
    s.personal, s.personal_possible, s.sensitive, s.minors, s.secrets, s.secrets_possible,
    coalesce(s.defects, 0) AS defects, coalesce(s.damaged, 0) AS damaged, coalesce(s.unread, 0) AS unread,
    s.reserved, s.reserved_unofficial
  FROM unit
  CROSS JOIN item ON item.unit = unit.id
  LEFT JOIN source_unit ON source_unit.unit = unit.id
  LEFT JOIN source ON source.ordinal = coalesce(source_unit.source, 0)
  LEFT JOIN item_sum AS s ON s.unit = item.unit AND s.item = item.ordinal
  LEFT JOIN license ON license.id = s.license
  WHERE unit.ordinal IS NOT NULL);

CREATE VIEW source_facts AS
SELECT source.ordinal AS source, source.ordinal > 0 AS declared, source.id, title, kind, missing_fields,
  CASE license.clear WHEN 1 THEN license.expression END AS license,
  license.commercial AS license_commercial, license.derivatives AS license_derivatives,
  license.training AS license_training,
  pipl_art13, gdpr_art6, copyright_basis, purposes, personal_declared, guardian_consent, likeness_consent,
  evidence_license, evidence_contract, evidence_collection_record, evidence_consent, evidence_authorisation,
  evidence_robots, evidence_pia, evidence_ethics, evidence_valid_to,
  collection_method, collection_robots, contract_party, contract_reviewed,
  user_service, user_terms_version, user_opt_out_at,
  synthetic_model, synthetic_version, synthetic_acquired, is_foreign,
  items, content_items, content_bytes, unsearched_items, unsearched_bytes,
  text_items, image_items, audio_items, video_items, model_items,
  encrypted_items, partial_items, defect_items, damaged_items, unread_items,
  coalesce(nullif(personal, 0), nullif(unsearched_items = 0, 0) - 1) AS personal,
  coalesce(nullif(personal_items, 0), nullif(unsearched_items = 0, 0) - 1) AS personal_items,
  coalesce(nullif(personal_possible, 0), nullif(unsearched_items = 0, 0) - 1) AS personal_possible,
  coalesce(nullif(sensitive, 0), nullif(unsearched_items = 0, 0) - 1) AS sensitive,
  coalesce(nullif(minors, 0), nullif(unsearched_items = 0, 0) - 1) AS minors_under_14,
  coalesce(nullif(secrets, 0), nullif(unsearched_items = 0, 0) - 1) AS secrets,
  coalesce(nullif(secret_items, 0), nullif(unsearched_items = 0, 0) - 1) AS secret_items,
  coalesce(nullif(secrets_possible, 0), nullif(unsearched_items = 0, 0) - 1) AS secrets_possible,
  license_unknown_items, license_unknown_bytes, license_unclear_items, license_conflict_items,
  noncommercial_items, no_derivatives_items, no_training_items, share_alike_items,
  coalesce(nullif(financial, 0), nullif(unsearched_items = 0, 0) - 1) AS financial,
  coalesce(nullif(identity, 0), nullif(unsearched_items = 0, 0) - 1) AS identity,
  NULL AS distinct_class1, NULL AS distinct_class2, NULL AS distinct_class3, NULL AS distinct_persons,
  NULL AS metadata_coverage,
  coalesce(nullif(reserved_items, 0), nullif(unsearched_items = 0, 0) - 1) AS reserved_items,
  NULL AS refused_items,
  coalesce(nullif(reserved_unofficial_items, 0), nullif(unsearched_items = 0, 0) - 1) AS reserved_unofficial_items, NULL AS blocked_items, NULL AS infringing_items,
  NULL AS labelled_items, NULL AS labelled_bytes, NULL AS label_missing_items, NULL AS label_value_items,
  NULL AS label_character_items, NULL AS label_key_items, NULL AS label_many_items, NULL AS label_differ_items,
  NULL AS label_shell_items, NULL AS content_a1_items, NULL AS content_a2_items, NULL AS content_a3_items,
  NULL AS content_a4_items, NULL AS content_hit_items, NULL AS precise_positions,
  version, location, issuer, countries, methods, provenance_date, consents, privacy_measures,
  evidence_unreviewed, evidence_absent, evidence_differs, evidence_undigested, evidence_unchecked,
  collection_crawler, collection_urls, collection_start, collection_end, contract_retain_until, user_id_scheme,
  annotation_rules, annotators_trained, annotation_separate, annotation_sampled, grade, audience_minors,
  ip_lead, ip_risk_record, complaints,
  evidence_days_left, NULL AS undeclared_labelled_share
FROM source
JOIN source_sum ON source_sum.source = source.ordinal
LEFT JOIN license ON license.id = source.license;

CREATE VIEW dataset_facts AS
SELECT declared_sources, undeclared_items, undeclared_bytes,
  units, file_units, unfinished_units, bytes, bytes_read, bytes_alias, bytes_skipped, bytes_unreadable,
  skipped_units, unreadable_units, is_complete,
  items, content_items, content_bytes, unsearched_items, unsearched_bytes,
  text_items, image_items, audio_items, video_items, model_items,
  encrypted_items, partial_items, defect_items, damaged_items, unread_items,
  coalesce(nullif(personal, 0), nullif(unsearched_items = 0, 0) - 1) AS personal,
  coalesce(nullif(personal_items, 0), nullif(unsearched_items = 0, 0) - 1) AS personal_items,
  coalesce(nullif(personal_possible, 0), nullif(unsearched_items = 0, 0) - 1) AS personal_possible,
  coalesce(nullif(sensitive, 0), nullif(unsearched_items = 0, 0) - 1) AS sensitive,
  coalesce(nullif(minors, 0), nullif(unsearched_items = 0, 0) - 1) AS minors_under_14,
  coalesce(nullif(secrets, 0), nullif(unsearched_items = 0, 0) - 1) AS secrets,
  coalesce(nullif(secret_items, 0), nullif(unsearched_items = 0, 0) - 1) AS secret_items,
  coalesce(nullif(secrets_possible, 0), nullif(unsearched_items = 0, 0) - 1) AS secrets_possible,
  license_unknown_items, license_unknown_bytes, license_unclear_items, license_conflict_items,
  noncommercial_items, no_derivatives_items, no_training_items, share_alike_items,
  coalesce(nullif(financial, 0), nullif(unsearched_items = 0, 0) - 1) AS financial,
  coalesce(nullif(identity, 0), nullif(unsearched_items = 0, 0) - 1) AS identity,
  NULL AS distinct_class1, NULL AS distinct_class2, NULL AS distinct_class3, NULL AS distinct_persons,
  NULL AS metadata_coverage,
  coalesce(nullif(reserved_items, 0), nullif(unsearched_items = 0, 0) - 1) AS reserved_items,
  NULL AS refused_items,
  coalesce(nullif(reserved_unofficial_items, 0), nullif(unsearched_items = 0, 0) - 1) AS reserved_unofficial_items, NULL AS blocked_items, NULL AS infringing_items,
  NULL AS labelled_items, NULL AS labelled_bytes, NULL AS label_missing_items, NULL AS label_value_items,
  NULL AS label_character_items, NULL AS label_key_items, NULL AS label_many_items, NULL AS label_differ_items,
  NULL AS label_shell_items, NULL AS content_a1_items, NULL AS content_a2_items, NULL AS content_a3_items,
  NULL AS content_a4_items, NULL AS content_hit_items, NULL AS precise_positions,
  duplicate_items, duplicate_bytes,
  duplicate_bytes * 1.0 / nullif(content_bytes, 0) AS duplicate_share, NULL AS near_duplicate_share,
  text_sources, image_sources, audio_sources, video_sources, NULL AS text_language_sources_min,
  synthetic_bytes * 1.0 / nullif(content_bytes, 0) AS synthetic_share,
  foreign_open_bytes * 1.0 / nullif(content_bytes, 0) AS foreign_open_share,
  open_unknown_bytes * 1.0 / nullif(content_bytes, 0) AS open_origin_unknown_share,
  crawled_sources, unsupported_kinds, NULL AS domains,
  keyword_age_days,
  NULL AS content_clean_rate,
  manual_sample, manual_clean, manual_clean * 1.0 / nullif(manual_sample, 0) AS manual_clean_rate, manual_bad_upper
FROM dataset_sum
CROSS JOIN (
  SELECT sum(source > 0) AS declared_sources,
    coalesce(sum(content_items) FILTER (WHERE source = 0), 0) AS undeclared_items,
    coalesce(sum(content_bytes) FILTER (WHERE source = 0), 0) AS undeclared_bytes,
    sum(items) AS items, sum(content_items) AS content_items, sum(content_bytes) AS content_bytes,
    sum(unsearched_items) AS unsearched_items, sum(unsearched_bytes) AS unsearched_bytes,
    sum(text_items) AS text_items, sum(image_items) AS image_items, sum(audio_items) AS audio_items,
    sum(video_items) AS video_items, sum(model_items) AS model_items,
    sum(encrypted_items) AS encrypted_items, sum(partial_items) AS partial_items,
    sum(defect_items) AS defect_items, sum(damaged_items) AS damaged_items, sum(unread_items) AS unread_items,
    sum(personal) AS personal, sum(personal_items) AS personal_items,
    sum(personal_possible) AS personal_possible, sum(sensitive) AS sensitive, sum(minors) AS minors,
    sum(secrets) AS secrets, sum(secret_items) AS secret_items, sum(secrets_possible) AS secrets_possible,
    sum(license_unknown_items) AS license_unknown_items, sum(license_unknown_bytes) AS license_unknown_bytes,
    sum(license_unclear_items) AS license_unclear_items, sum(license_conflict_items) AS license_conflict_items,
    sum(noncommercial_items) AS noncommercial_items, sum(no_derivatives_items) AS no_derivatives_items,
    sum(no_training_items) AS no_training_items, sum(share_alike_items) AS share_alike_items,
    sum(financial) AS financial, sum(identity) AS identity,
    sum(reserved_items) AS reserved_items, sum(reserved_unofficial_items) AS reserved_unofficial_items
  FROM source_sum)
CROSS JOIN (                     -- what only sources can tell
  SELECT coalesce(sum(source > 0 AND text_items > 0), 0) AS text_sources,
    coalesce(sum(source > 0 AND image_items > 0), 0) AS image_sources,
    coalesce(sum(source > 0 AND audio_items > 0), 0) AS audio_sources,
    coalesce(sum(source > 0 AND video_items > 0), 0) AS video_sources,
    coalesce(sum(content_bytes) FILTER (WHERE kind = 'synthetic'), 0) AS synthetic_bytes,
    coalesce(sum(content_bytes) FILTER (WHERE kind = 'open' AND from_abroad = 1), 0) AS foreign_open_bytes,
    coalesce(sum(content_bytes) FILTER (WHERE kind = 'open' AND from_abroad IS NULL), 0) AS open_unknown_bytes,
    coalesce(sum(kind = 'self-collected'), 0) AS crawled_sources,
    coalesce(sum(source > 0 AND kind IS NULL), 0) AS unsupported_kinds
  FROM (SELECT source_sum.*, kind,
      coalesce(is_foreign, CASE WHEN countries IS NOT NULL THEN instr(',' || countries || ',', ',CN,') = 0 END) AS from_abroad
    FROM source_sum JOIN source ON source.ordinal = source_sum.source))
CROSS JOIN (
  SELECT max(marked) AS manual_sample, max(clean) AS manual_clean, max(bad_upper) AS manual_bad_upper
  FROM review_sample WHERE is_current = 1);
