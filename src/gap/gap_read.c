#include "gap/gap_read.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gap/gap_md5.h"
#include "io/text.h"

#define MAX_SPARSE 10000000
#define MAX_DIM 10000000

/* -------------------------------------------------------------------------- parts of the tree ---
 */

static const xml_node *find_below(const xml_node *node, const char *name, int depth)
{
  const xml_node *found = xml_find(node->child, name);
  for (const xml_node *c = node->child; c && !found && depth > 0; c = c->next)
    found = find_below(c, name, depth - 1);
  return found;
}

static polar_code find_params(const xml_tree *tree, const xml_node **params, polar_status *st)
{
  const xml_node *root = xml_root(tree);
  *params = xml_is(root, "GAP_params") ? root : find_below(root, "GAP_params", 2);
  if (!*params)
    return polar_fail_at(st, POLAR_MODEL, root->file, root->line,
                         "<%.60s> holds no <GAP_params>: not a GAP model as QUIP writes it",
                         root->name);
  return POLAR_OK;
}

static const xml_node *first_coordinates(const xml_node *params)
{
  const xml_node *sparse = xml_find(params->child, "gpSparse");
  return sparse ? xml_find(sparse->child, "gpCoordinates") : NULL;
}

static int leaves_folder(const char *name)
{
  return name[0] == '/' || strstr(name, "..") != NULL || name[0] == '\0';
}

polar_code gap_list_files(const xml_tree *tree, void *context,
                          polar_code (*found)(void *context, const char *name, polar_status *st),
                          polar_status *st)
{
  const xml_node *params;
  polar_code code = find_params(tree, &params, st);
  if (code) return code;
  for (const xml_node *c = first_coordinates(params); c && !code;
       c = xml_find(c->next, "gpCoordinates")) {
    const char *name = xml_value(c, "sparseX_filename");
    if (!name) continue;
    if (leaves_folder(name))
      return polar_fail_at(st, POLAR_MODEL, c->file, c->line,
                           "sparseX_filename=\"%.200s\", expected a file beside the model", name);
    code = found(context, name, st);
  }
  return code;
}

/* ------------------------------------------------------------------------------ sparse points ---
 */

static const gap_file *find_file(const char *name, int nfile, const gap_file *file)
{
  for (int k = 0; k < nfile; k++)
    if (strcmp(file[k].name, name) == 0) return &file[k];
  return NULL;
}

static polar_code check_md5(const gap_coordinates *c, const gap_file *f, polar_status *st)
{
  const char *wanted = xml_value(c->node, "sparseX_md5sum");
  char have[33];
  if (!wanted || strlen(wanted) != 32) return POLAR_OK;
  gap_md5(f->data, f->size, have);
  for (int k = 0; k < 32; k++) {
    const char letter = wanted[k] >= 'A' && wanted[k] <= 'F' ? (char)(wanted[k] + 32) : wanted[k];
    if (letter != have[k])
      return polar_fail_at(st, POLAR_MODEL, c->node->file, c->node->line,
                           "sparseX_md5sum is %s, but the MD5 sum of %.200s is %s: the file was "
                           "changed or belongs to another model",
                           wanted, f->name, have);
  }
  return POLAR_OK;
}

/* nsparse * dim numbers, in lines of any number of them */
static polar_code read_points_file(gap_coordinates *c, const gap_file *f, polar_status *st)
{
  const size_t total = (size_t)c->nsparse * c->dim;
  static const char *const blanks = " \t\r\n";
  size_t found = 0;
  int line = 1;
  for (const char *at = f->data, *end = f->data + f->size; at < end;) {
    if (strchr(blanks, *at) && *at) {
      line += *at++ == '\n';
      continue;
    }
    size_t length = 0;
    while (at + length < end && !(at[length] && strchr(blanks, at[length]))) length++;
    if (found < total) {
      const char *why = text_double(at, length, &c->x[found]);
      if (why)
        return polar_fail_at(st, POLAR_MODEL, f->name, line, "'%.*s' %s",
                             length < 40 ? (int)length : 40, at, why);
    }
    found++;
    at += length;
  }
  if (found != total)
    return polar_fail_at(st, POLAR_MODEL, f->name, line,
                         "found %zu numbers, expected %zu: n_sparseX = %d times dimensions = %d "
                         "(line %d of %.200s)",
                         found, total, c->nsparse, c->dim, c->node->line, c->node->file);
  return POLAR_OK;
}

/* One <sparseX> with the numbers inside, or in slices */
static polar_code read_inline(const gap_coordinates *c, const xml_node *node, double *x,
                              polar_status *st)
{
  if (!node->child) return xml_doubles(node, c->dim, 1.0, x, st);
  int next = 1;
  for (const xml_node *s = node->child; s; s = s->next) {
    int start = 0, end = 0;
    polar_code code;
    if (!xml_is(s, "sparseX_slice"))
      return polar_fail_at(st, POLAR_MODEL, s->file, s->line,
                           "unknown element <%.60s> in <sparseX>; known: sparseX_slice", s->name);
    if ((code = xml_attribute_int(s, "start", next, next, &start, st)) ||
        (code = xml_attribute_int(s, "end", start, c->dim, &end, st)) ||
        (code = xml_doubles(s, end - start + 1, 1.0, x + start - 1, st)))
      return code;
    next = end + 1;
  }
  if (next != c->dim + 1)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "the slices of <sparseX> end at %d, expected dimensions = %d", next - 1,
                         c->dim);
  return POLAR_OK;
}

static polar_code read_points(gap_coordinates *c, int nfile, const gap_file *file, polar_status *st)
{
  const xml_node *node = c->node;
  const int found = xml_count(node, "sparseX");
  if (found != c->nsparse)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "found %d elements <sparseX>, expected n_sparseX = %d", found, c->nsparse);
  const char *name = xml_value(node, "sparseX_filename");
  const gap_file *f = name ? find_file(name, nfile, file) : NULL;
  if (name && !f)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "sparseX_filename=\"%.200s\" was not read", name);
  /* a number and the blank after it: no memory for points that cannot be there */
  if (f && f->size + 1 < 2 * (size_t)c->nsparse * c->dim)
    return polar_fail_at(
        st, POLAR_MODEL, f->name, 1,
        "found %zu bytes, too few for n_sparseX = %d times dimensions = %d numbers", f->size,
        c->nsparse, c->dim);
  if (!f)
    for (const xml_node *s = xml_find(node->child, "sparseX"); s; s = xml_find(s->next, "sparseX"))
      if (!s->child && s->text_length + 1 < 2 * (size_t)c->dim)
        return polar_fail_at(st, POLAR_MODEL, s->file, s->line,
                             "found no %d numbers in <sparseX>, and no sparseX_filename", c->dim);
  c->x = calloc((size_t)c->nsparse * c->dim, sizeof *c->x);
  c->alpha = calloc(c->nsparse, sizeof *c->alpha);
  if (!c->x || !c->alpha) return polar_fail_memory(st, "reading sparse points");
  polar_code code = POLAR_OK;
  if (f && ((code = check_md5(c, f, st)) || (code = read_points_file(c, f, st)))) return code;
  int k = 0;
  for (const xml_node *s = xml_find(node->child, "sparseX"); s && !code;
       s = xml_find(s->next, "sparseX"), k++) {
    double cut = 0.0;
    int i = 0;
    if ((code = xml_attribute_int(s, "i", k + 1, k + 1, &i, st)) ||
        (code = xml_attribute_double(s, "alpha", &c->alpha[k], st)) ||
        (code = xml_attribute_double(s, "sparseCutoff", &cut, st)))
      return code;
    c->alpha[k] *= cut;
    if (!f) code = read_inline(c, s, c->x + (size_t)k * c->dim, st);
  }
  return code;
}

/* ---------------------------------------------------------------------------------- descriptors
 * --- */

polar_code gap_refuse_keys(const gap_words *w, const char *const *keys, polar_status *st)
{
  for (int i = 0; i < w->n; i++) {
    const char *key = w->word[i].key, *value = w->word[i].value;
    for (int k = 0; keys[k]; k++) {
      const size_t length = strcspn(keys[k], "=");
      if (strlen(key) != length || strncmp(key, keys[k], length) != 0) continue;
      const char *allowed = keys[k] + length + 1;
      /* T, .true. and TRUE are the same */
      const char *letter = value + strspn(value, ". ");
      const int flag = strlen(allowed) == 1 && strchr("TF", *allowed) != NULL;
      if (flag ? (*letter | 32) == (*allowed | 32) : *allowed && strcmp(value, allowed) == 0)
        continue;
      return polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                           "%.60s=%.60s of the descriptor %.40s is not supported%s%s", key, value,
                           w->type, *allowed ? "; expected " : "", allowed);
    }
  }
  return POLAR_OK;
}

polar_code gap_read_theta(const gap_coordinates *c, int count, double *theta, polar_status *st)
{
  const xml_node *node;
  polar_code code;
  if ((code = xml_one_child(c->node, "theta", &node, st)) ||
      (code = xml_doubles(node, count, 1.0, theta, st)))
    return code;
  for (int k = 0; k < count; k++)
    if (!(theta[k] > 0.0))
      return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                           "%g in <theta>, expected a positive number", theta[k]);
  return POLAR_OK;
}

polar_code gap_check_dimension(const gap_coordinates *c, long expected, polar_status *st)
{
  if (c->dim == expected) return POLAR_OK;
  return polar_fail_at(st, POLAR_MODEL, c->node->file, c->node->line,
                       "dimensions=\"%d\", but the descriptor %.40s has %ld", c->dim, c->words.type,
                       expected);
}

/* ---------------------------------------------------------------------------------- the model ---
 */

static polar_code read_coordinates(const xml_node *node, gap_model *m, int nfile,
                                   const gap_file *file, polar_status *st)
{
  gap_coordinates c = {.node = node, .version = m->version, .npermutation = 1};
  const xml_node *descriptor;
  polar_code code;
  if ((code = xml_attribute_int(node, "dimensions", 1, MAX_DIM, &c.dim, st)) ||
      (code = xml_attribute_int(node, "n_sparseX", 1, MAX_SPARSE, &c.nsparse, st)) ||
      (code = xml_attribute_int(node, "covariance_type", 1, 100, &c.covariance, st)) ||
      (code = xml_attribute_double(node, "signal_variance", &c.delta, st)) ||
      (xml_value(node, "signal_mean") &&
       (code = xml_attribute_double(node, "signal_mean", &c.f0, st))) ||
      (xml_value(node, "n_permutations") &&
       (code = xml_attribute_int(node, "n_permutations", 1, 1000000, &c.npermutation, st))) ||
      (code = xml_one_child(node, "descriptor", &descriptor, st)))
    return code;
  if (c.covariance != 1 && c.covariance != 2 && c.covariance != 4)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "covariance_type=\"%d\" is not supported, expected 1 (squared "
                         "exponential), 2 (dot product) or 4 (compact polynomial)",
                         c.covariance);
  code = gap_words_parse(descriptor->file, descriptor->line, descriptor->text, &c.words, st);
  if (!code) {
    const char *type = c.words.type;
    const int soap = strcmp(type, "soap") == 0, turbo = strcmp(type, "soap_turbo") == 0;
    const int split = strcmp(type, "soap_23") == 0;
    if (!soap && !turbo && !split && strcmp(type, "distance_2b") && strcmp(type, "angle_3b") &&
        strcmp(type, "distance_Nb"))
      code = polar_fail_at(st, POLAR_MODEL, descriptor->file, descriptor->line,
                           "the descriptor %.60s is not supported, expected soap, soap_turbo, "
                           "soap_23, distance_2b, angle_3b or distance_Nb",
                           type);
    if (!code) code = read_points(&c, nfile, file, st);
    if (!code && soap) code = gap_read_soap(&c, &m->density[m->ndensity++], st);
    else if (!code && split) code = gap_read_soap_23(&c, &m->density[m->ndensity++], st);
    else if (!code && turbo) code = gap_read_turbo(&c, &m->density[m->ndensity++], st);
    else if (!code) code = gap_read_cluster(&c, &m->cluster[m->ncluster++], st);
  }
  gap_words_clear(&c.words);
  free(c.x);
  free(c.alpha);
  if (code == POLAR_NUMERIC && st && !st->line) { /* an unusable basis: say where */
    char text[sizeof st->text];
    memcpy(text, st->text, sizeof text);
    polar_fail_at(st, POLAR_NUMERIC, descriptor->file, descriptor->line, "%.800s", text);
  }
  return code;
}

static polar_code read_isolated(const xml_node *data, gap_model *m, polar_status *st)
{
  double all = 0.0;
  polar_code code = POLAR_OK;
  if (xml_value(data, "e0")) code = xml_attribute_double(data, "e0", &all, st);
  for (int z = 1; z <= POLAR_MAX_Z; z++) m->e0[z] = all;
  for (const xml_node *e = xml_find(data->child, "e0"); e && !code; e = xml_find(e->next, "e0")) {
    int z = 0;
    double value = 0.0;
    if (!(code = xml_attribute_int(e, "Z", 1, POLAR_MAX_Z, &z, st)) &&
        !(code = xml_attribute_double(e, "value", &value, st)))
      m->e0[z] = value;
  }
  return code;
}

/* Potentials named in init_args as "IP Name": GAP, and perhaps Glue as core */
static polar_code read_init_args(const xml_node *root, int *core, polar_status *st)
{
  *core = 0;
  const xml_node *node = xml_find(root->child, "Potential");
  if (!node) return POLAR_OK;
  const char *args = xml_value(node, "init_args");
  if (!args)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "<Potential> has no attribute init_args");
  int gap = 0;
  for (const char *at = args; (at = strstr(at, "IP ")) != NULL;) {
    if (at > args && !strchr(" {\t\n", at[-1])) {
      at += 3;
      continue;
    }
    at += 3 + strspn(at + 3, " ");
    const int length = (int)strcspn(at, " }\t\n");
    if (length == 3 && strncmp(at, "GAP", 3) == 0) gap++;
    else if (length == 4 && strncmp(at, "Glue", 4) == 0) (*core)++;
    else
      return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                           "init_args names the potential '%.*s', which is not supported; expected "
                           "GAP, with Glue as core potential or without",
                           length < 60 ? length : 60, at);
  }
  static const char *const rescale[] = {"rescale", "r_scale", "E_scale", NULL};
  for (int k = 0; rescale[k]; k++)
    if (strstr(args, rescale[k]))
      return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                           "'%s' in init_args is not supported", rescale[k]);
  if (gap != 1 || *core > 1)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "init_args=\"%.200s\" names %d GAP and %d Glue, expected one GAP and at "
                         "most one Glue",
                         args, gap, *core);
  return POLAR_OK;
}

/* Elements and cutoffs of all parts together */
static void summarize(gap_model *m)
{
  for (int k = 0; k < m->ncluster; k++) {
    const gap_cluster *c = &m->cluster[k];
    const int n = c->kind == GAP_DISTANCE_2B ? 2 : c->kind == GAP_ANGLE_3B ? 3 : c->order;
    for (int i = 0; i < n; i++) {
      m->known[c->z[i]] = 1;
      m->any |= c->z[i] == 0;
    }
    if (c->cutoff > m->cluster_cutoff) m->cluster_cutoff = c->cutoff;
  }
  if (m->glue && m->glue->cutoff > m->cluster_cutoff) m->cluster_cutoff = m->glue->cutoff;
  m->cutoff = m->cluster_cutoff;
  for (int k = 0; k < m->ndensity; k++) {
    const gap_soap *s = &m->density[k].soap;
    int seen = 1;
    if (s->cutoff > m->cutoff) m->cutoff = s->cutoff;
    for (int z = 1; z <= POLAR_MAX_Z; z++) {
      if (s->species[z] < 0) seen = 0;
      else if (s->atomic_number[s->species[z]]) m->known[z] = 1;
    }
    m->any |= seen;
  }
  m->known[0] = 0;
}

static polar_code read_model(const xml_tree *tree, int nfile, const gap_file *file, gap_model *m,
                             polar_status *st)
{
  const xml_node *root = xml_root(tree), *params, *data, *sparse;
  int core, ncoordinate = 0;
  polar_code code;
  if ((code = find_params(tree, &params, st)) || (code = read_init_args(root, &core, st)) ||
      (code = xml_one_child(params, "GAP_data", &data, st)) ||
      (code = read_isolated(data, m, st)) ||
      (code = xml_one_child(params, "gpSparse", &sparse, st)))
    return code;
  const char *label = xml_value(params, "label");
  if (!label)
    return polar_fail_at(st, POLAR_MODEL, params->file, params->line,
                         "<GAP_params> has no attribute label");
  snprintf(m->label, sizeof m->label, "%s", label);
  if (xml_value(params, "gap_version") &&
      (code = xml_attribute_double(params, "gap_version", &m->version, st)))
    return code;
  const char *fitted = xml_value(sparse, "fitted");
  if (fitted && strchr("Ff", fitted[0]))
    return polar_fail_at(st, POLAR_MODEL, sparse->file, sparse->line,
                         "fitted=\"%.20s\": the file holds no fitted model", fitted);
  const int found = xml_count(sparse, "gpCoordinates");
  if ((code = xml_attribute_int(sparse, "n_coordinate", 1, 10000, &ncoordinate, st))) return code;
  if (found != ncoordinate)
    return polar_fail_at(st, POLAR_MODEL, sparse->file, sparse->line,
                         "found %d elements <gpCoordinates>, expected n_coordinate = %d", found,
                         ncoordinate);
  m->cluster = calloc(ncoordinate, sizeof *m->cluster);
  m->density = calloc(ncoordinate, sizeof *m->density);
  if (!m->cluster || !m->density) return polar_fail_memory(st, "reading a GAP model");
  for (const xml_node *c = first_coordinates(params); c; c = xml_find(c->next, "gpCoordinates"))
    if ((code = read_coordinates(c, m, nfile, file, st))) return code;

  const xml_node *glue = find_below(root, "Glue_params", 2);
  if (core && !glue)
    return polar_fail_at(st, POLAR_MODEL, root->file, root->line,
                         "init_args of <Potential> names Glue, but there is no <Glue_params>");
  if (core && (code = gap_glue_read(glue, &m->glue, st))) return code;
  const char *flag = xml_value(data, "do_core");
  if (!core && ((flag && strchr("Tt", flag[0])) || glue))
    snprintf(m->warning, sizeof m->warning,
             "the model has a core potential (%s), but init_args of <Potential> does not name it: "
             "like QUIP, the energy leaves it out",
             glue ? "Glue_params" : "do_core");
  summarize(m);
  return POLAR_OK;
}

polar_code gap_parse(const xml_tree *tree, int nfile, const gap_file *file, gap_model **out,
                     polar_status *st)
{
  gap_model *m = calloc(1, sizeof *m);
  if (!m) return polar_fail_memory(st, "reading a GAP model");
  const polar_code code = read_model(tree, nfile, file, m, st);
  if (code) {
    gap_free(m);
    return code;
  }
  *out = m;
  return POLAR_OK;
}

/* ------------------------------------------------------------------------- from the file system
 * --- */

typedef struct {
  const char *path;
  int n;
  gap_file *file;
} folder;

static polar_code load(void *context, const char *name, polar_status *st)
{
  folder *f = context;
  const char *slash = strrchr(f->path, '/');
  const size_t length = slash ? (size_t)(slash - f->path) + 1 : 0, size = length + strlen(name) + 1;
  gap_file *file = realloc(f->file, (size_t)(f->n + 1) * sizeof *file);
  if (!file) return polar_fail_memory(st, "reading sparse points");
  f->file = file;
  char *path = malloc(size), *data = NULL;
  if (!path) return polar_fail_memory(st, "reading sparse points");
  memcpy(path, f->path, length);
  memcpy(path + length, name, strlen(name) + 1);
  gap_file *mine = &f->file[f->n];
  const polar_code code = text_read_file(path, (size_t)1 << 31, &data, &mine->size, st);
  free(path);
  if (code) return code;
  mine->name = name;
  mine->data = data;
  f->n++;
  return POLAR_OK;
}

polar_code gap_read(const char *path, gap_model **out, polar_status *st)
{
  xml_tree *tree = NULL;
  folder f = {.path = path};
  polar_code code = xml_read(path, &tree, st);
  if (!code) code = gap_list_files(tree, &f, load, st);
  if (!code) code = gap_parse(tree, f.n, f.file, out, st);
  for (int k = 0; k < f.n; k++) free((void *)f.file[k].data);
  free(f.file);
  xml_free(tree);
  return code;
}
