#include <math.h>
#include <string.h>

#include "io/text.h"
#include "io/xml.h"

int xml_is(const xml_node *node, const char *name)
{
  return strcmp(node->name, name) == 0;
}

const xml_node *xml_find(const xml_node *node, const char *name)
{
  while (node && !xml_is(node, name)) node = node->next;
  return node;
}

int xml_count(const xml_node *node, const char *name)
{
  int count = 0;
  for (const xml_node *c = node->child; c; c = c->next) count += xml_is(c, name);
  return count;
}

const char *xml_value(const xml_node *node, const char *attribute)
{
  for (int i = 0; i < node->nattribute; i++)
    if (strcmp(node->attribute[i].name, attribute) == 0) return node->attribute[i].value;
  return NULL;
}

/* "a, b, c" into list[size], cut if too long */
static const char *join(const char *const *names, char *list, size_t size)
{
  size_t used = 0;
  list[0] = '\0';
  for (int i = 0; names[i]; i++) {
    const char *separator = i > 0 ? ", " : "";
    if (used + strlen(separator) + strlen(names[i]) + 1 > size) break;
    strcpy(list + used, separator);
    strcat(list + used, names[i]);
    used += strlen(list + used);
  }
  return names[0] ? list : "none";
}

static int is_listed(const char *name, const char *const *names)
{
  for (int i = 0; names[i]; i++)
    if (strcmp(name, names[i]) == 0) return 1;
  return 0;
}

polar_code xml_allow_attributes(const xml_node *node, const char *const *names, polar_status *st)
{
  char list[400];
  for (int i = 0; i < node->nattribute; i++)
    if (!is_listed(node->attribute[i].name, names))
      return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                           "unknown attribute '%.60s' of <%.60s>; known: %s",
                           node->attribute[i].name, node->name, join(names, list, sizeof list));
  return POLAR_OK;
}

polar_code xml_allow_children(const xml_node *node, const char *const *names, polar_status *st)
{
  char list[400];
  for (const xml_node *c = node->child; c; c = c->next)
    if (!is_listed(c->name, names))
      return polar_fail_at(st, POLAR_MODEL, c->file, c->line,
                           "unknown element <%.60s> in <%.60s>; known: %s", c->name, node->name,
                           join(names, list, sizeof list));
  if (node->text_length > 0)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "unexpected text '%.40s' directly in <%.60s>", node->text, node->name);
  return POLAR_OK;
}

polar_code xml_one_child(const xml_node *node, const char *name, const xml_node **child,
                         polar_status *st)
{
  const xml_node *first = xml_find(node->child, name);
  if (!first)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "<%.60s> has no <%.60s>, expected one", node->name, name);
  const xml_node *second = xml_find(first->next, name);
  if (second)
    return polar_fail_at(st, POLAR_MODEL, second->file, second->line,
                         "second <%.60s> in <%.60s>, expected only that of line %d", name,
                         node->name, first->line);
  *child = first;
  return POLAR_OK;
}

/* ----------------------------------------------------------------------------- number lists --- */

static const char *const blanks = " \t\r\n";

/* Next token of *at; length 0 at the end */
static const char *next_token(const char **at, size_t *length)
{
  const char *token = *at + strspn(*at, blanks);
  *length = strcspn(token, blanks);
  *at = token + *length;
  return token;
}

polar_code xml_check_count(const xml_node *node, size_t count, polar_status *st)
{
  size_t found = 0, length = 1;
  if (node->child)
    return polar_fail_at(st, POLAR_MODEL, node->child->file, node->child->line,
                         "unexpected element <%.60s> in <%.60s>, which holds only numbers",
                         node->child->name, node->name);
  for (const char *at = node->text; length > 0; found += length > 0) next_token(&at, &length);
  if (found != count)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "found %zu numbers in <%.60s>, expected %zu", found, node->name, count);
  return POLAR_OK;
}

static polar_code fail_number(const xml_node *node, size_t i, size_t count, const char *token,
                              size_t length, const char *fault, polar_status *st)
{
  return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                       "number %zu of %zu in <%.60s>, '%.*s', %s", i + 1, count, node->name,
                       (int)(length < 60 ? length : 60), token, fault);
}

polar_code xml_doubles(const xml_node *node, size_t count, double scale, double *x,
                       polar_status *st)
{
  const polar_code code = xml_check_count(node, count, st);
  if (code != POLAR_OK) return code;
  const char *at = node->text;
  for (size_t i = 0; i < count; i++) {
    size_t length;
    const char *token = next_token(&at, &length);
    const char *fault = text_double(token, length, &x[i]);
    if (!fault) {
      x[i] *= scale;
      if (!isfinite(x[i])) fault = "is too large after conversion of its unit";
    }
    if (fault) return fail_number(node, i, count, token, length, fault, st);
  }
  return POLAR_OK;
}

polar_code xml_ints(const xml_node *node, size_t count, int lo, int hi, int *x, polar_status *st)
{
  const polar_code code = xml_check_count(node, count, st);
  if (code != POLAR_OK) return code;
  const char *at = node->text;
  for (size_t i = 0; i < count; i++) {
    size_t length;
    const char *token = next_token(&at, &length);
    const char *fault = text_int(token, length, &x[i]);
    if (fault) return fail_number(node, i, count, token, length, fault, st);
    if (x[i] < lo || x[i] > hi)
      return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                           "number %zu of %zu in <%.60s> is %d, expected %d to %d", i + 1, count,
                           node->name, x[i], lo, hi);
  }
  return POLAR_OK;
}

/* ------------------------------------------------------------------------------- attributes --- */

static polar_code required(const xml_node *node, const char *name, const char **value,
                           polar_status *st)
{
  *value = xml_value(node, name);
  if (*value) return POLAR_OK;
  return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                       "<%.60s> has no attribute '%.60s', expected one", node->name, name);
}

polar_code xml_attribute_double(const xml_node *node, const char *name, double *x, polar_status *st)
{
  const char *value;
  const polar_code code = required(node, name, &value, st);
  if (code != POLAR_OK) return code;
  const char *fault = text_double(value, strlen(value), x);
  if (!fault) return POLAR_OK;
  return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                       "attribute %.60s=\"%.60s\" of <%.60s> %s", name, value, node->name, fault);
}

polar_code xml_attribute_int(const xml_node *node, const char *name, int lo, int hi, int *x,
                             polar_status *st)
{
  const char *value;
  int number = 0;
  const polar_code code = required(node, name, &value, st);
  if (code != POLAR_OK) return code;
  const char *fault = text_int(value, strlen(value), &number);
  if (fault)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "attribute %.60s=\"%.60s\" of <%.60s> %s", name, value, node->name, fault);
  if (number < lo || number > hi)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "attribute %.60s=\"%d\" of <%.60s> is out of range, expected %d to %d",
                         name, number, node->name, lo, hi);
  *x = number;
  return POLAR_OK;
}
