/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python pickles: a program for a small stack machine, which may import and call anything.
 *
 * The walk reads opcodes and skips their arguments; nothing is built or called. It serves two ends. It
 * proves that bytes are a pickle (two bytes of magic prove nothing, and protocols 0 and 1 have none): a
 * walk that meets an unknown opcode was no pickle. And it finds imports: GLOBAL and INST name them,
 * STACK_GLOBAL takes module and name from the stack, where they came as strings, perhaps by way of the memo:
 *
 *     8C 02 'os'   94   8C 06 'system'   94   93          ->  import os.system
 *     string       memo string           memo STACK_GLOBAL
 *
 * A full stack is not kept: the last two strings pushed are what STACK_GLOBAL takes in all pickles that
 * picklers write, and in those that attack tools write. Only the head is walked; the opcodes are those of
 * CPython's pickletools.
 */
#include "inspect/filetype_kind.h"

#include <stdio.h>
#include <string.h>

enum argument {
    ARG_BAD, /* no opcode */
    ARG_NONE,
    ARG_1,
    ARG_2,
    ARG_4,
    ARG_8,
    ARG_LINE,  /* up to a line feed */
    ARG_LINES, /* two of them: module, name */
    ARG_SIZE1, /* a length of one byte, then as many bytes */
    ARG_SIZE4,
    ARG_SIZE8,
};

static const uint8_t arguments[256] = {
    ['('] = ARG_NONE,   ['.'] = ARG_NONE,   ['0'] = ARG_NONE,   ['1'] = ARG_NONE,   ['2'] = ARG_NONE,
    ['F'] = ARG_LINE,   ['I'] = ARG_LINE,   ['J'] = ARG_4,      ['K'] = ARG_1,      ['L'] = ARG_LINE,
    ['M'] = ARG_2,      ['N'] = ARG_NONE,   ['P'] = ARG_LINE,   ['Q'] = ARG_NONE,   ['R'] = ARG_NONE,
    ['S'] = ARG_LINE,   ['T'] = ARG_SIZE4,  ['U'] = ARG_SIZE1,  ['V'] = ARG_LINE,   ['X'] = ARG_SIZE4,
    ['a'] = ARG_NONE,   ['b'] = ARG_NONE,   ['c'] = ARG_LINES,  ['d'] = ARG_NONE,   ['}'] = ARG_NONE,
    ['e'] = ARG_NONE,   ['g'] = ARG_LINE,   ['h'] = ARG_1,      ['i'] = ARG_LINES,  ['j'] = ARG_4,
    ['l'] = ARG_NONE,   [']'] = ARG_NONE,   ['o'] = ARG_NONE,   ['p'] = ARG_LINE,   ['q'] = ARG_1,
    ['r'] = ARG_4,      ['s'] = ARG_NONE,   ['t'] = ARG_NONE,   [')'] = ARG_NONE,   ['u'] = ARG_NONE,
    ['G'] = ARG_8,      ['B'] = ARG_SIZE4,  ['C'] = ARG_SIZE1,  [0x80] = ARG_1,     [0x81] = ARG_NONE,
    [0x82] = ARG_1,     [0x83] = ARG_2,     [0x84] = ARG_4,     [0x85] = ARG_NONE,  [0x86] = ARG_NONE,
    [0x87] = ARG_NONE,  [0x88] = ARG_NONE,  [0x89] = ARG_NONE,  [0x8A] = ARG_SIZE1, [0x8B] = ARG_SIZE4,
    [0x8C] = ARG_SIZE1, [0x8D] = ARG_SIZE8, [0x8E] = ARG_SIZE8, [0x8F] = ARG_NONE,  [0x90] = ARG_NONE,
    [0x91] = ARG_NONE,  [0x92] = ARG_NONE,  [0x93] = ARG_NONE,  [0x94] = ARG_NONE,  [0x95] = ARG_8,
    [0x96] = ARG_SIZE8, [0x97] = ARG_NONE,  [0x98] = ARG_NONE,
};

enum { MEMO_MAX = 512 };

struct walk {
    struct bytes rest;              /**< not yet walked */
    size_t noperations;             /**< well-formed opcodes so far */
    bool stopped;                   /**< the last opcode was STOP */
    bool bad;                       /**< an unknown opcode was met */
    uint8_t opcode;                 /**< of the present step */
    struct bytes argument;          /**< of the present step; both lines for ARG_LINES */
    struct bytes last, before_last; /**< strings pushed */
    struct bytes memo[MEMO_MAX];    /**< strings remembered; size 0: something else */
    size_t nmemo;
};

static size_t
line_size(struct bytes rest)
{
    const uint8_t *end = rest.size ? memchr(rest.data, '\n', rest.size) : NULL;
    return end ? (size_t)(end - rest.data) + 1 : SIZE_MAX;
}

/* Bytes of the argument behind the opcode; SIZE_MAX when it is not all there. skip: bytes of its length. */
static size_t
argument_size(uint8_t opcode, struct bytes rest, size_t *skip)
{
    uint64_t size = 0;
    *skip = 0;
    switch (arguments[opcode]) {
    case ARG_1:
    case ARG_2:
    case ARG_4:
    case ARG_8:
        size = (uint64_t)1 << (arguments[opcode] - ARG_1);
        break;
    case ARG_LINE:
        return line_size(rest);
    case ARG_LINES:
        size = line_size(rest);
        if (size != SIZE_MAX) {
            struct bytes second = {.data = rest.data + size, .size = rest.size - size};
            size_t more = line_size(second);
            size = more == SIZE_MAX ? SIZE_MAX : size + more;
        }
        return size;
    case ARG_SIZE1:
    case ARG_SIZE4:
    case ARG_SIZE8:
        *skip = arguments[opcode] == ARG_SIZE1 ? 1 : arguments[opcode] == ARG_SIZE4 ? 4 : 8;
        if (rest.size < *skip)
            return SIZE_MAX;
        size = *skip == 1 ? rest.data[0] : *skip == 4 ? head_u32le(rest, 0) : head_u64le(rest, 0);
        break;
    default:
        break;
    }
    return size > rest.size - *skip ? SIZE_MAX : (size_t)size;
}

static void
push(struct walk *walk, struct bytes text)
{
    walk->before_last = walk->last;
    walk->last = text;
}

static size_t
line_number(struct bytes line)
{
    size_t number = 0;
    for (size_t i = 0; i + 1 < line.size && i < 6 && line.data[i] >= '0' && line.data[i] <= '9'; i++)
        number = number * 10 + (size_t)(line.data[i] - '0');
    return number;
}

/* 'text' or "text" of protocol 0, without its quotes and line feed. */
static struct bytes
unquote(struct bytes line)
{
    struct bytes text = {.data = line.data, .size = line.size - 1};
    if (text.size >= 2 && (text.data[0] == '\'' || text.data[0] == '"')) {
        text.data++;
        text.size -= 2;
    }
    return text;
}

static void
remember(struct walk *walk, size_t index)
{
    if (index < MEMO_MAX) {
        walk->memo[index] = walk->last;
        walk->nmemo = index + 1 > walk->nmemo ? index + 1 : walk->nmemo;
    }
}

/* Keep track of strings on the stack and in the memo. */
static void
follow(struct walk *walk)
{
    struct bytes argument = walk->argument;
    size_t index = MEMO_MAX;
    switch (walk->opcode) {
    case 0x8C:
    case 0x8D:
    case 'X':
    case 'U':
    case 'T':
        push(walk, argument);
        break;
    case 'V':
    case 'S':
        push(walk, unquote(argument));
        break;
    case 0x94:
        remember(walk, walk->nmemo);
        break;
    case 'q':
    case 'h':
        index = argument.data[0];
        break;
    case 'r':
    case 'j':
        index = head_u32le(argument, 0);
        break;
    case 'p':
    case 'g':
        index = line_number(argument);
        break;
    default:
        break;
    }
    if (walk->opcode == 'q' || walk->opcode == 'r' || walk->opcode == 'p')
        remember(walk, index);
    else if (index < MEMO_MAX && walk->memo[index].size)
        push(walk, walk->memo[index]);
}

/* One opcode. @return false at the end: of the bytes, behind STOP, or where it is no pickle */
static bool
step(struct walk *walk)
{
    if (walk->rest.size == 0 || walk->stopped)
        return false;
    walk->opcode = walk->rest.data[0];
    walk->bad = arguments[walk->opcode] == ARG_BAD;
    if (walk->bad)
        return false;
    struct bytes rest = {.data = walk->rest.data + 1, .size = walk->rest.size - 1};
    size_t skip, size = argument_size(walk->opcode, rest, &skip);
    if (size == SIZE_MAX)
        return false;
    walk->argument = (struct bytes){.data = rest.data + skip, .size = size};
    walk->rest = (struct bytes){.data = rest.data + skip + size, .size = rest.size - skip - size};
    walk->stopped = walk->opcode == '.';
    walk->noperations++;
    follow(walk);
    return true;
}

enum filetype_id
check_pickle(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 4 || head.data[1] < 2 || head.data[1] > 5)
        return FILETYPE_COUNT;
    /* PyTorch before zip: the number 0x1950A86A20F9469CFC6C, pickled. */
    if (head_is_at(head, 2, "\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19"))
        return FILETYPE_PYTORCH;
    struct walk walk = {.rest = head};
    while (walk.noperations < 64 && step(&walk))
        continue;
    /* Of random bytes a third are opcodes; six in a row, or an end in the right place, are no chance. */
    bool sound = !walk.bad && (walk.stopped || walk.noperations >= 6 || !probe->whole);
    return sound && walk.noperations >= 2 ? id : FILETYPE_COUNT;
}

bool
filetype_is_old_pickle(struct bytes head, bool whole)
{
    struct walk walk = {.rest = head};
    while (step(&walk))
        continue;
    if (walk.bad)
        return false;
    return whole ? walk.stopped && walk.rest.size == 0 && walk.noperations >= 3 : walk.noperations >= 64;
}

/* Modules whose import by data means that code or programs are to be run; NULL name: any of the module. */
static const struct {
    const char *module, *name;
} dangers[] = {
    {"os", NULL},
    {"posix", NULL},
    {"nt", NULL},
    {"subprocess", NULL},
    {"commands", NULL},
    {"sys", NULL},
    {"pty", NULL},
    {"shutil", NULL},
    {"socket", NULL},
    {"runpy", NULL},
    {"importlib", NULL},
    {"imp", NULL},
    {"ctypes", NULL},
    {"code", NULL},
    {"codeop", NULL},
    {"marshal", NULL},
    {"webbrowser", NULL},
    {"asyncio", NULL},
    {"pdb", NULL},
    {"bdb", NULL},
    {"timeit", NULL},
    {"profile", NULL},
    {"cProfile", NULL},
    {"trace", NULL},
    {"pip", NULL},
    {"pydoc", NULL},
    {"ensurepip", NULL},
    {"venv", NULL},
    {"distutils", NULL},
    {"setuptools", NULL},
    {"urllib", NULL},
    {"urllib2", NULL},
    {"requests", NULL},
    {"http", NULL},
    {"httplib", NULL},
    {"ftplib", NULL},
    {"smtplib", NULL},
    {"telnetlib", NULL},
    {"xmlrpc", NULL},
    {"aiohttp", NULL},
    {"dill", NULL},
    {"torch.hub", NULL},
    {"numpy.f2py", NULL},
    {"numpy.distutils", NULL},
    {"numpy.testing._private.utils", NULL},
    {"idlelib", NULL},
    {"lib2to3", NULL},
    {"winreg", NULL},
    {"_winreg", NULL},
    {"types", "CodeType"},
    {"types", "FunctionType"},
    {"platform", "popen"},
    {"pickle", "loads"},
    {"pickle", "load"},
    {"_pickle", "loads"},
    {"_pickle", "load"},
    {"cPickle", "loads"},
    {"cloudpickle", "loads"},
    {"builtins", "eval"},
    {"builtins", "exec"},
    {"builtins", "execfile"},
    {"builtins", "compile"},
    {"builtins", "open"},
    {"builtins", "__import__"},
    {"builtins", "getattr"},
    {"builtins", "delattr"},
    {"builtins", "apply"},
    {"builtins", "input"},
    {"builtins", "globals"},
    {"builtins", "breakpoint"},
    {"operator", "attrgetter"},
    {"operator", "methodcaller"},
    {"_operator", "attrgetter"},
    {"_operator", "methodcaller"},
};

static bool
is_module(struct bytes module, const char *name)
{
    size_t size = strlen(name);
    return bytes_start_with(module, name) && (module.size == size || module.data[size] == '.');
}

static bool
is_danger(struct bytes module, struct bytes name)
{
    static const char *const builtins[] = {"__builtin__", "__builtins__"};
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
        if (bytes_equal(module, bytes_of(builtins[i])))
            module = bytes_of("builtins");
    for (size_t i = 0; i < sizeof dangers / sizeof *dangers; i++) {
        if (dangers[i].name ? bytes_equal(module, bytes_of(dangers[i].module)) &&
                                  bytes_equal(name, bytes_of(dangers[i].name))
                            : is_module(module, dangers[i].module))
            return true;
    }
    return false;
}

static void
word_import(struct bytes module, struct bytes name, char *import, size_t import_size)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%.*s.%.*s", module.size < 100 ? (int)module.size : 100,
                   (const char *)module.data, name.size < 100 ? (int)name.size : 100, (const char *)name.data);
    for (char *at = text; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    (void)snprintf(import, import_size, "%s", text);
}

bool
filetype_pickle_danger(struct bytes head, char *import, size_t import_size)
{
    struct walk walk = {.rest = head};
    do {
        /* One pickle may follow another, as in PyTorch's old format. */
        walk.stopped = false;
        while (step(&walk)) {
            struct bytes module = walk.before_last, name = walk.last;
            if (walk.opcode == 'c' || walk.opcode == 'i') {
                size_t size = line_size(walk.argument);
                module = (struct bytes){.data = walk.argument.data, .size = size - 1};
                name = (struct bytes){.data = walk.argument.data + size, .size = walk.argument.size - size - 1};
            } else if (walk.opcode != 0x93) {
                continue;
            }
            if (module.size && is_danger(module, name)) {
                word_import(module, name, import, import_size);
                return true;
            }
        }
    } while (walk.stopped && walk.rest.size && walk.rest.data[0] == 0x80);
    return false;
}
