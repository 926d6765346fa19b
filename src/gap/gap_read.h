/* Reading of QUIP's GAP model files: one XML file, and text files with sparse points beside it. */
#ifndef GAP_READ_H
#define GAP_READ_H

#include "gap/gap.h"
#include "gap/gap_words.h"
#include "io/xml.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Content of a file named by the model */
typedef struct {
  const char *name; /* as in the model */
  const char *data;
  size_t size;
} gap_file;

/* Call `found` with the name of each file that the model needs, in order of appearance. Errors:
 * POLAR_MODEL (no GAP in the file; a name with a folder that leaves the model's), and whatever
 * `found` returns. */
polar_code gap_list_files(const xml_tree *tree, void *context,
                          polar_code (*found)(void *context, const char *name, polar_status *st),
                          polar_status *st);

/* The model in `tree`. file[nfile]: content of what gap_list_files named. Errors: POLAR_MODEL and
 * POLAR_SYNTAX with file and line (anything unsupported is named), POLAR_NUMERIC, POLAR_MEMORY.
 * Release with gap_free. */
polar_code gap_parse(const xml_tree *tree, int nfile, const gap_file *file, gap_model **out,
                     polar_status *st);

/* Both, with the files taken from the model's folder. Errors besides: POLAR_FILE. */
polar_code gap_read(const char *path, gap_model **out, polar_status *st);

/* ---- between the reader's files ---- */

/* One <gpCoordinates> and its descriptor */
typedef struct {
  const xml_node *node;
  gap_words words;
  double version;
  int covariance, nsparse, dim, npermutation;
  double delta, f0;
  double *x, *alpha; /* [nsparse][dim]; [nsparse] times sparse cutoff */
} gap_coordinates;

/* Keys that would change a descriptor but are not supported: "key" (refused if there) or
 * "key=value" (refused unless it has this value); ends with NULL. */
polar_code gap_refuse_keys(const gap_words *w, const char *const *keys, polar_status *st);

/* <theta> as `count` positive numbers */
polar_code gap_read_theta(const gap_coordinates *c, int count, double *theta, polar_status *st);

polar_code gap_read_cluster(const gap_coordinates *c, gap_cluster *out, polar_status *st);
polar_code gap_read_soap(gap_coordinates *c, gap_density *out, polar_status *st);
polar_code gap_read_soap_23(gap_coordinates *c, gap_density *out, polar_status *st);
polar_code gap_read_turbo(gap_coordinates *c, gap_density *out, polar_status *st);

/* A descriptor's dimension against the file's */
polar_code gap_check_dimension(const gap_coordinates *c, long expected, polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
