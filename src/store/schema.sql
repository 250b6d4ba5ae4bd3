-- SPDX-License-Identifier: Apache-2.0
--
-- The store: one SQLite file for a scan, written by the supervisor alone. Open it with sqlite3, DuckDB
-- or pandas; the views in views.sql are the documented surface, these tables are how it is kept.
--
-- A unit keeps its id from scan to scan as long as its path stays; its ordinal is its place in the
-- latest crawl. Everything that is printed is ordered by (unit.ordinal, item.ordinal), so no output
-- depends on who finished first. Paths are raw bytes (BLOB); codes and types are UTF-8 text.

CREATE TABLE meta (              -- what made this store: schema, tool, plan digest, limits, command ...
                                 -- crawl.complete: '1' when the last crawl ran to its end, else units are missing
  key TEXT PRIMARY KEY,
  value NOT NULL
) WITHOUT ROWID;

CREATE TABLE root (              -- the roots of the scan, as given
  ordinal INTEGER PRIMARY KEY,
  path BLOB NOT NULL
);

CREATE TABLE unit (              -- one entry of a folder, or one file given as a root
  id INTEGER PRIMARY KEY,
  ordinal INTEGER,               -- place in the latest crawl; NULL: not seen in it (removed at its end)
  root INTEGER NOT NULL,
  path BLOB NOT NULL,            -- below the root
  kind INTEGER NOT NULL,         -- enum unit_kind: 0 file, 1 directory, 2 symlink, 3 special, 4 alias, 5 skipped, 6 unreadable
  state INTEGER NOT NULL,        -- 0 to be read, 1 done, 2 being read (rows may be there, incomplete)
  size INTEGER NOT NULL,         -- bytes as the file system says
  blocks_bytes INTEGER NOT NULL, -- bytes allocated for it
  device INTEGER NOT NULL, inode INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
  mode INTEGER NOT NULL, nlinks INTEGER NOT NULL,
  link BLOB,                     -- target of a symlink; path of the unit that an alias repeats
  link_root INTEGER,
  rule TEXT,                     -- the rule that skipped it
  plan BLOB,                     -- digest of the plan it was read under
  UNIQUE (root, path)
);
CREATE INDEX unit_by_ordinal ON unit (ordinal);

CREATE TABLE item (              -- one piece of content: the unit itself (ordinal 0) or a member at any depth
  unit INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  parent INTEGER,                -- ordinal of the container; NULL for the unit itself
  depth INTEGER NOT NULL,
  kind INTEGER NOT NULL,         -- enum item_kind: 0 file, 1 directory, 2 symlink, 3 hardlink, 4 special
  flags INTEGER NOT NULL,        -- enum item_flag
  path BLOB NOT NULL,            -- below the unit: '' or 'a.zip!/b.txt'
  name_offset INTEGER NOT NULL,  -- where the member's own name starts in path
  link BLOB,
  size INTEGER NOT NULL,         -- bytes read
  size_declared INTEGER,         -- as the container says
  mtime INTEGER,                 -- seconds, as stored in the container
  sha256 BLOB, xxh3 BLOB,        -- NULL when it has no content
  type TEXT,                     -- MIME
  encoding TEXT,                 -- of text
  format TEXT,                   -- of a container
  PRIMARY KEY (unit, ordinal)
) WITHOUT ROWID;

CREATE TABLE row_column (        -- columns of records, or key paths of JSON, in which values were seen
  unit INTEGER NOT NULL,
  item INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,      -- 1.. in order of first sighting; 0: the records of the item as a whole
  name TEXT NOT NULL,            -- "text", "meta.url", "choices[].label"; '*' for keys that may be data
  nvalues INTEGER NOT NULL,      -- strings and numbers that are not empty; of ordinal 0: records
  nnumbers INTEGER NOT NULL,     -- of these, numbers
  ncodes INTEGER NOT NULL,       -- of these, values that look like a number or a code
  nbytes INTEGER NOT NULL,       -- of the values, decoded
  PRIMARY KEY (unit, item, ordinal)
) WITHOUT ROWID;

CREATE TABLE value (             -- findings by their keyed hash, for `provscan lookup`; the key lies beside the store
  unit INTEGER NOT NULL,
  item INTEGER NOT NULL,
  nlost INTEGER NOT NULL,        -- findings that were too many to be kept here
  entries BLOB NOT NULL,         -- of 24 bytes: hash, offset, row, each a 64-bit number, little-endian
  PRIMARY KEY (unit, item)
) WITHOUT ROWID;

CREATE TABLE fact (              -- what was seen in an item: one row for each (kind, code, level, column)
  unit INTEGER NOT NULL,
  item INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,      -- order of first sighting in the item
  kind INTEGER NOT NULL,         -- enum fact_kind: 0 defect, 1 finding, 2 license, 3 copyright, 4 attribute
  code TEXT NOT NULL,
  level INTEGER NOT NULL,
  score INTEGER NOT NULL,        -- the highest, in hundredths
  count INTEGER NOT NULL,        -- exact
  nwhole INTEGER NOT NULL DEFAULT 0,  -- of these, sightings that are all of their column's value
  column INTEGER NOT NULL DEFAULT 0,  -- row_column.ordinal, 0: in none
  PRIMARY KEY (unit, item, ordinal)
) WITHOUT ROWID;

CREATE TABLE sample (            -- the first sightings of a fact, evidence masked
  unit INTEGER NOT NULL,
  item INTEGER NOT NULL,
  fact INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  offset INTEGER NOT NULL,       -- in the item's stored bytes
  length INTEGER NOT NULL,
  row INTEGER NOT NULL,          -- 1-based record, 0: none
  score INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  PRIMARY KEY (unit, item, fact, ordinal)
) WITHOUT ROWID;
