/* XML files as a small read-only tree, and typed access to it with errors that name the place.
 *
 * expat does the parsing. Limits, since a model file may come from anywhere: TEXT_MAX_SIZE bytes,
 * XML_MAX_DEPTH nested elements, XML_MAX_NODES elements, no document type declaration (so no
 * entities can be declared), no NUL bytes. Namespaces are not interpreted. */
#ifndef POLAR_XML_H
#define POLAR_XML_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define XML_MAX_DEPTH 64
#define XML_MAX_NODES 2000000

typedef struct {
  const char *name, *value; /* value without the blanks around it */
} xml_attribute;

typedef struct xml_node xml_node;
struct xml_node {
  const char *name;
  const char *text;   /* character data, that of the children left out, without blanks around it */
  size_t text_length; /* bytes of text; an empty text is "" */
  const char *file;   /* for messages */
  int line;           /* of the start tag */
  int nattribute;
  const xml_attribute *attribute; /* [nattribute] in file order; names are unique */
  const xml_node *child;          /* first child element or NULL */
  const xml_node *next;           /* next sibling element or NULL */
};

typedef struct xml_tree xml_tree;

/* Parse a file, or `size` bytes in memory that messages call `file`. On success *out is to be
 * released with xml_free, which also invalidates all nodes.
 * Errors: those of text_read_file, POLAR_SYNTAX (not well formed, a limit exceeded; line set),
 * POLAR_MEMORY. */
polar_code xml_read(const char *path, xml_tree **out, polar_status *st);
polar_code xml_parse(const char *file, const char *data, size_t size, xml_tree **out,
                     polar_status *st);
void xml_free(xml_tree *tree);
const xml_node *xml_root(const xml_tree *tree);

int xml_is(const xml_node *node, const char *name);
/* First sibling named `name`, beginning with `node` itself; NULL if none (node may be NULL) */
const xml_node *xml_find(const xml_node *node, const char *name);
int xml_count(const xml_node *node, const char *name); /* child elements named `name` */
const char *xml_value(const xml_node *node, const char *attribute); /* NULL if absent */

/* The rest checks and reads; each returns POLAR_OK, or POLAR_MODEL with the line of the element.
 * Lists of names end with NULL. */

/* Nothing but the named attributes */
polar_code xml_allow_attributes(const xml_node *node, const char *const *names, polar_status *st);
/* Nothing but the named child elements, and no text */
polar_code xml_allow_children(const xml_node *node, const char *const *names, polar_status *st);
/* The only child named `name`; none or several are refused */
polar_code xml_one_child(const xml_node *node, const char *name, const xml_node **child,
                         polar_status *st);
/* Exactly `count` tokens in the text and no child elements: to be asked before memory is taken */
polar_code xml_check_count(const xml_node *node, size_t count, polar_status *st);
/* Exactly `count` numbers in the text and no child elements, each times `scale` into x. */
polar_code xml_doubles(const xml_node *node, size_t count, double scale, double *x,
                       polar_status *st);
/* Exactly `count` integers in lo..hi in the text and no child elements. */
polar_code xml_ints(const xml_node *node, size_t count, int lo, int hi, int *x, polar_status *st);
/* A required attribute as a number; the integer in lo..hi */
polar_code xml_attribute_double(const xml_node *node, const char *name, double *x,
                                polar_status *st);
polar_code xml_attribute_int(const xml_node *node, const char *name, int lo, int hi, int *x,
                             polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
