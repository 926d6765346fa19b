#include "io/xml.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "io/text.h"

/* Nodes and strings live in chunks that are released together. */
typedef struct chunk chunk;
struct chunk {
  chunk *next;
  size_t used, size; /* bytes of data[] */
  max_align_t data[];
};

struct xml_tree {
  chunk *chunks;
  char *file;
  xml_node *root;
};

#define CHUNK_SIZE ((size_t)1 << 16)

static void *take(xml_tree *tree, size_t size)
{
  const size_t unit = sizeof(max_align_t);
  chunk *c = tree->chunks;
  size = (size + unit - 1) / unit * unit;
  if (!c || c->size - c->used < size) {
    const size_t room = size > CHUNK_SIZE / 4 ? size : CHUNK_SIZE;
    c = malloc(sizeof *c + room);
    if (!c) return NULL;
    c->used = 0;
    c->size = room;
    if (room == size && tree->chunks) { /* keep filling the present chunk */
      c->next = tree->chunks->next;
      tree->chunks->next = c;
    } else {
      c->next = tree->chunks;
      tree->chunks = c;
    }
  }
  void *p = (char *)c->data + c->used;
  c->used += size;
  return p;
}

static int is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char *take_string(xml_tree *tree, const char *s, size_t length)
{
  char *copy = take(tree, length + 1);
  if (copy) {
    if (length > 0) memcpy(copy, s, length);
    copy[length] = '\0';
  }
  return copy;
}

/* The same without blanks at both ends */
static char *take_trimmed(xml_tree *tree, const char *s, size_t length, size_t *kept)
{
  while (length > 0 && is_blank(s[length - 1])) length--;
  while (length > 0 && is_blank(s[0])) s++, length--;
  if (kept) *kept = length;
  return take_string(tree, s, length);
}

void xml_free(xml_tree *tree)
{
  if (!tree) return;
  for (chunk *c = tree->chunks; c;) {
    chunk *next = c->next;
    free(c);
    c = next;
  }
  free(tree->file);
  free(tree);
}

const xml_node *xml_root(const xml_tree *tree)
{
  return tree->root;
}

/* -------------------------------------------------------------------------- expat handlers --- */

typedef struct {
  xml_node *node, *last; /* an open element and its last child */
  char *text;            /* its character data so far; the buffer serves the next element too */
  size_t used, room;
} frame;

typedef struct {
  XML_Parser expat;
  xml_tree *tree;
  polar_status *st;
  polar_code code; /* first error of a handler */
  int nodes, depth;
  frame open[XML_MAX_DEPTH];
} parser;

static int line_of(const parser *p)
{
  /* at most TEXT_MAX_SIZE lines; the older function is deprecated from expat 2.9 on */
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
  return (int)XML_GetCurrentLineNumber64(p->expat);
#else
  return (int)XML_GetCurrentLineNumber(p->expat);
#endif
}

static void stop(parser *p, polar_code code)
{
  p->code = code;
  XML_StopParser(p->expat, XML_FALSE);
}

static void stop_memory(parser *p)
{
  stop(p, polar_fail_memory(p->st, "reading an XML file"));
}

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attribute)
{
  parser *p = data;
  xml_tree *tree = p->tree;
  if (p->code != POLAR_OK) return;
  if (p->depth == XML_MAX_DEPTH || p->nodes == XML_MAX_NODES) {
    if (p->depth == XML_MAX_DEPTH)
      stop(p, polar_fail_at(p->st, POLAR_SYNTAX, tree->file, line_of(p),
                            "element <%.60s> is nested deeper than %d levels, the limit", name,
                            XML_MAX_DEPTH));
    else
      stop(p, polar_fail_at(p->st, POLAR_SYNTAX, tree->file, line_of(p),
                            "the file has more than %d elements, the limit", XML_MAX_NODES));
    return;
  }
  int count = 0;
  while (attribute[2 * count]) count++;
  xml_node *node = take(tree, sizeof *node);
  char *copy = take_string(tree, name, strlen(name));
  xml_attribute *list = count ? take(tree, (size_t)count * sizeof *list) : NULL;
  if (!node || !copy || (count && !list)) {
    stop_memory(p);
    return;
  }
  for (int i = 0; i < count; i++) {
    const char *key = attribute[2 * i], *value = attribute[2 * i + 1];
    list[i].name = take_string(tree, key, strlen(key));
    list[i].value = take_trimmed(tree, value, strlen(value), NULL);
    if (!list[i].name || !list[i].value) {
      stop_memory(p);
      return;
    }
  }
  *node = (xml_node){.name = copy,
                     .text = "",
                     .file = tree->file,
                     .line = line_of(p),
                     .nattribute = count,
                     .attribute = list};
  p->nodes++;
  if (p->depth == 0) {
    tree->root = node;
  } else {
    frame *parent = &p->open[p->depth - 1];
    if (parent->last) parent->last->next = node;
    else parent->node->child = node;
    parent->last = node;
  }
  frame *f = &p->open[p->depth++];
  f->node = node;
  f->last = NULL;
  f->used = 0;
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
  parser *p = data;
  (void)name;
  if (p->code != POLAR_OK) return;
  frame *f = &p->open[--p->depth];
  size_t kept;
  const char *text = take_trimmed(p->tree, f->text, f->used, &kept);
  if (!text) {
    stop_memory(p);
    return;
  }
  f->node->text = text;
  f->node->text_length = kept;
}

static void XMLCALL on_text(void *data, const XML_Char *s, int length)
{
  parser *p = data;
  if (p->code != POLAR_OK || p->depth == 0) return;
  frame *f = &p->open[p->depth - 1];
  const size_t need = f->used + (size_t)length;
  if (need > f->room) {
    const size_t room = need < 512 ? 1024 : 2 * need;
    char *larger = realloc(f->text, room);
    if (!larger) {
      stop_memory(p);
      return;
    }
    f->text = larger;
    f->room = room;
  }
  memcpy(f->text + f->used, s, (size_t)length);
  f->used = need;
}

static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int internal)
{
  parser *p = data;
  (void)system_id, (void)public_id, (void)internal;
  if (p->code != POLAR_OK) return;
  stop(p, polar_fail_at(p->st, POLAR_SYNTAX, p->tree->file, line_of(p),
                        "found a document type declaration (<!DOCTYPE %.60s), through which "
                        "entities can be declared; model files need none: remove it",
                        name));
}

/* ----------------------------------------------------------------------------------- parse --- */

static int lines_before(const char *data, const char *at)
{
  int line = 1;
  for (const char *c = data; c < at; c++) line += *c == '\n';
  return line;
}

/* What expat would report less clearly */
static polar_code check_bytes(const char *file, const char *data, size_t size, polar_status *st)
{
  if (size > TEXT_MAX_SIZE)
    return polar_fail(st, POLAR_FILE, "'%.300s' is larger than %zu bytes, the most that is read",
                      file, TEXT_MAX_SIZE);
  const char *end = data + size, *c = data;
  if (size >= 3 && memcmp(c, "\xEF\xBB\xBF", 3) == 0) c += 3; /* UTF-8 byte order mark */
  while (c < end && is_blank(*c)) c++;
  if (c == end)
    return polar_fail_at(st, POLAR_SYNTAX, file, lines_before(data, end),
                         "the file is empty, expected XML");
  const char *nul = memchr(data, '\0', size);
  if (nul)
    return polar_fail_at(st, POLAR_SYNTAX, file, lines_before(data, nul),
                         "found a NUL byte, expected XML in ASCII or UTF-8: is it a binary file?");
  if (*c != '<')
    return polar_fail_at(st, POLAR_SYNTAX, file, lines_before(data, c),
                         "this is not an XML file: its first character is not '<'");
  return POLAR_OK;
}

static polar_code expat_error(parser *p)
{
  const char *file = p->tree->file;
  const enum XML_Error error = XML_GetErrorCode(p->expat);
  const char *reason = XML_ErrorString(error);
  if (error == XML_ERROR_NO_MEMORY) return polar_fail_memory(p->st, "parsing an XML file");
  if (p->depth == 0)
    return polar_fail_at(p->st, POLAR_SYNTAX, file, line_of(p), "not well-formed XML: %s", reason);
  const xml_node *open = p->open[p->depth - 1].node;
  switch (error) {
    case XML_ERROR_NO_ELEMENTS:
    case XML_ERROR_UNCLOSED_TOKEN:
    case XML_ERROR_UNCLOSED_CDATA_SECTION:
    case XML_ERROR_PARTIAL_CHAR:
      return polar_fail_at(p->st, POLAR_SYNTAX, file, line_of(p),
                           "the file ends inside <%.60s> of line %d (%s): it is truncated",
                           open->name, open->line, reason);
    case XML_ERROR_TAG_MISMATCH:
      return polar_fail_at(p->st, POLAR_SYNTAX, file, line_of(p),
                           "not well-formed XML: the closing tag does not match <%.60s> of line %d",
                           open->name, open->line);
    default:
      return polar_fail_at(p->st, POLAR_SYNTAX, file, line_of(p),
                           "not well-formed XML: %s, inside <%.60s> of line %d", reason, open->name,
                           open->line);
  }
}

polar_code xml_parse(const char *file, const char *data, size_t size, xml_tree **out,
                     polar_status *st)
{
  polar_code code = check_bytes(file, data, size, st);
  if (code != POLAR_OK) return code;
  xml_tree *tree = calloc(1, sizeof *tree);
  parser *p = calloc(1, sizeof *p);
  char *name = malloc(strlen(file) + 1);
  XML_Parser expat = XML_ParserCreate(NULL);
  if (tree && p && name && expat) {
    strcpy(name, file);
    tree->file = name;
    name = NULL;
    p->expat = expat;
    p->tree = tree;
    p->st = st;
    XML_SetUserData(expat, p);
    XML_SetElementHandler(expat, on_start, on_end);
    XML_SetCharacterDataHandler(expat, on_text);
    XML_SetStartDoctypeDeclHandler(expat, on_doctype);
    const enum XML_Status parsed = XML_Parse(expat, data, (int)size, XML_TRUE);
    code = p->code;
    if (code == POLAR_OK && parsed != XML_STATUS_OK) code = expat_error(p);
  } else {
    code = polar_fail_memory(st, "reading an XML file");
  }
  if (p)
    for (int i = 0; i < XML_MAX_DEPTH; i++) free(p->open[i].text);
  free(p);
  free(name);
  if (expat) XML_ParserFree(expat);
  if (code != POLAR_OK) xml_free(tree);
  else *out = tree;
  return code;
}

polar_code xml_read(const char *path, xml_tree **out, polar_status *st)
{
  char *data;
  size_t size;
  polar_code code = text_read_file(path, TEXT_MAX_SIZE, &data, &size, st);
  if (code != POLAR_OK) return code;
  code = xml_parse(path, data, size, out, st);
  free(data);
  return code;
}
