printf "/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n/* Copyright 2024 Example */\n" >a.c
provscan license a.c
provscan license -q a.c "$SOURCE/LICENSE" | sed "s,$SOURCE,SOURCE,"
provscan license --json - <a.c
: >empty; provscan license empty
