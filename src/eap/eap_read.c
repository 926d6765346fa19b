#include "eap/eap_read.h"

#include <stdio.h>
#include <string.h>

/* Whether `word` occurs in data[from..to-1] */
static int contains(const char *data, size_t from, size_t to, const char *word)
{
  const size_t length = strlen(word);
  for (size_t i = from; i + length <= to; i++)
    if (memcmp(data + i, word, length) == 0) return 1;
  return 0;
}

/* Range of the 1-based `line` */
static void find_line(const char *data, size_t size, int line, size_t *from, size_t *to)
{
  size_t i = 0;
  for (int l = 1; l < line && i < size; i++) l += data[i] == '\n';
  *from = i;
  while (i < size && data[i] != '\n') i++;
  *to = i;
}

polar_code eap_parse_xml(const char *file, const char *data, size_t size, const char *setting,
                         xml_tree **out, polar_status *st)
{
  const polar_code code = xml_parse(file, data, size, out, st);
  if (code != POLAR_SYNTAX || !st) return code;
  const int line = st->line;
  size_t from, to;
  find_line(data, size, line, &from, &to);
  /* the title of a DDB stands within its first lines */
  if (contains(data, 0, size < 4096 ? size : 4096, "DERIVATIVE DATABASE"))
    return polar_fail_at(st, POLAR_SYNTAX, file, line,
                         "this is a DDB (derivative database), expected XML. MULTIBINIT makes the "
                         "system XML from it with 'dipdip 1' and 'prt_model 3'; the coefficient "
                         "XML comes from a fit, with 'prt_model 4'");
  if (size > 4 && (memcmp(data, "CDF", 3) == 0 || memcmp(data, "\x89HDF", 4) == 0))
    return polar_fail_at(st, POLAR_SYNTAX, file, line,
                         "this is a netCDF file, expected the XML file that MULTIBINIT writes with "
                         "'%s'",
                         setting);
  const size_t used = strlen(st->text), room = sizeof st->text - used;
  if (contains(data, from, to, "/correction_strain_force"))
    snprintf(st->text + used, room,
             ". Some versions of MULTIBINIT write </correction_strain_force> without its opening "
             "tag: remove that line");
  else
    snprintf(st->text + used, room, ". Expected an XML file as MULTIBINIT writes it with '%s'",
             setting);
  return code;
}

polar_code eap_check_unit(const xml_node *node, const char *attribute, const char *unit,
                          polar_status *st)
{
  const char *value = xml_value(node, attribute);
  if (!value || strcmp(value, unit) == 0) return POLAR_OK;
  return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                       "unknown unit %s=\"%.60s\" of <%.60s>, expected \"%s\"", attribute, value,
                       node->name, unit);
}

polar_code eap_check_units(const xml_node *node, const char *unit, polar_status *st)
{
  static const char *const known[] = {"units", NULL};
  const polar_code code = xml_allow_attributes(node, known, st);
  return code == POLAR_OK ? eap_check_unit(node, "units", unit, st) : code;
}

int eap_is_coefficient_list(const xml_node *node)
{
  return xml_is(node, "Heff_definition") || xml_is(node, "Terms_definition");
}
