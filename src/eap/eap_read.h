/* What the two readers of MULTIBINIT's XML files share, and their forms that read from memory. */
#ifndef EAP_READ_H
#define EAP_READ_H

#include <stddef.h>

#include "eap/eap_files.h"
#include "io/xml.h"

#ifdef __cplusplus
extern "C" {
#endif

/* eap_read_system and eap_read_coefficients on `size` bytes that messages call `file` */
polar_code eap_parse_system(const char *file, const char *data, size_t size, eap_system **out,
                            polar_status *st);
polar_code eap_parse_coefficients(const char *file, const char *data, size_t size,
                                  const eap_system *sys, eap_coefficients **out, polar_status *st);

/* xml_parse, with advice for files that are not what MULTIBINIT writes with `setting` */
polar_code eap_parse_xml(const char *file, const char *data, size_t size, const char *setting,
                         xml_tree **out, polar_status *st);

/* Nothing but the attribute `units`, which is `unit` or absent */
polar_code eap_check_units(const xml_node *node, const char *unit, polar_status *st);
/* The named attribute is `unit` or absent */
polar_code eap_check_unit(const xml_node *node, const char *attribute, const char *unit,
                          polar_status *st);

/* Heff_definition or Terms_definition */
int eap_is_coefficient_list(const xml_node *node);

#ifdef __cplusplus
}
#endif
#endif
