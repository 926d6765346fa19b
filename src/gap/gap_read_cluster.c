#include <string.h>

#include "gap/gap_read.h"

/* Element numbers of the keys, 0 (any) where absent */
static polar_code read_elements(const gap_words *w, const char *const *key, int n, int *z,
                                polar_status *st)
{
  static const int any = 0;
  for (int k = 0; k < n; k++) {
    const polar_code code = gap_words_int(w, key[k], &any, 0, POLAR_MAX_Z, &z[k], st);
    if (code) return code;
  }
  return POLAR_OK;
}

static polar_code read_cutoff(const gap_words *w, gap_cluster *out, polar_status *st)
{
  static const double width = 0.5;
  polar_code code = gap_words_double(w, "cutoff", NULL, 1e-3, 100.0, &out->cutoff, st);
  if (!code)
    code =
        gap_words_double(w, "cutoff_transition_width", &width, 1e-6, 100.0, &out->transition, st);
  return code;
}

static polar_code read_2b(const gap_coordinates *c, gap_cluster *out, int *dim, polar_status *st)
{
  static const char *const key[2] = {"Z1", "Z2"}, *const refused[] = {"only_intra=F",
                                                                      "only_inter=F",
                                                                      "resid_name=", NULL};
  static const int one = 1;
  static const double none = 0.0, unit = 1.0;
  const gap_words *w = &c->words;
  polar_code code;
  if ((code = gap_refuse_keys(w, refused, st)) || (code = read_elements(w, key, 2, out->z, st)) ||
      (code = gap_words_int(w, "n_exponents", &one, 1, GAP_MAX_DIM, dim, st)) ||
      (code =
           gap_words_double(w, "tail_exponent", &none, -100.0, 100.0, &out->tail_exponent, st)) ||
      (code = gap_words_double(w, "tail_range", &unit, 1e-6, 1e6, &out->tail_range, st)))
    return code;
  for (int k = 0; k < *dim; k++) out->exponent[k] = *dim == 1 ? 1.0 : -1.0 - k;
  if (gap_words_find(w, "exponents"))
    code = gap_words_doubles(w, "exponents", *dim, -100.0, 100.0, out->exponent, st);
  return code;
}

static polar_code read_3b(const gap_coordinates *c, gap_cluster *out, int *dim, polar_status *st)
{
  static const char *const key[3] = {"Z", "Z1", "Z2"};
  /* named in older files */
  const char *const name[3] = {gap_words_find(&c->words, "Z_center") ? "Z_center" : key[0], key[1],
                               key[2]};
  *dim = 3;
  return read_elements(&c->words, name, 3, out->z, st);
}

static polar_code read_nb(const gap_coordinates *c, gap_cluster *out, int *dim, polar_status *st)
{
  const gap_words *w = &c->words;
  polar_code code = gap_words_int(w, "order", NULL, 2, 100, &out->order, st);
  if (code) return code;
  if (out->order > 3)
    return polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                         "distance_Nb of order %d is not supported, expected 2 or 3", out->order);
  *dim = out->order * (out->order - 1) / 2;
  if (gap_words_find(w, "Z")) {
    code = gap_words_ints(w, "Z", out->order, 0, POLAR_MAX_Z, out->z, st);
    if (code) return code;
  }
  int is_compact;
  /* models before 2020-08-08 were fitted with the other default */
  code = gap_words_flag(w, "compact_clusters", c->version >= 1596837814.0, &is_compact, st);
  if (code) return code;
  if (!is_compact)
    return polar_fail_at(
        st, POLAR_MODEL, w->file, w->line,
        "distance_Nb with compact_clusters=F%s is not supported: such clusters may "
        "reach beyond the cutoff",
        gap_words_find(w, "compact_clusters") ? ""
                                              : " (the default of this file's "
                                                "gap_version)");
  if (out->order == 3 && (out->z[0] != out->z[1] || out->z[0] != out->z[2]))
    return polar_fail_at(
        st, POLAR_MODEL, w->file, w->line,
        "distance_Nb of order 3 for different elements (Z={%d %d %d}) is not "
        "supported: its definition makes the energy depend on the numbering of the "
        "atoms. Refit with angle_3b",
        out->z[0], out->z[1], out->z[2]);
  return POLAR_OK;
}

static polar_code read_permutations(const gap_coordinates *c, gap_kernel *k, polar_status *st)
{
  if (c->npermutation > GAP_MAX_PERM)
    return polar_fail_at(st, POLAR_MODEL, c->node->file, c->node->line,
                         "n_permutations=\"%d\", expected at most %d", c->npermutation,
                         GAP_MAX_PERM);
  k->npermutation = c->npermutation;
  const xml_node *p = xml_find(c->node->child, "permutation");
  if (!p && c->npermutation == 1) {
    for (int i = 0; i < k->dim; i++) k->permutation[0][i] = i;
    return POLAR_OK;
  }
  for (int n = 0; n < c->npermutation; n++, p = xml_find(p->next, "permutation")) {
    if (!p)
      return polar_fail_at(st, POLAR_MODEL, c->node->file, c->node->line,
                           "found %d elements <permutation>, expected n_permutations = %d", n,
                           c->npermutation);
    const polar_code code = xml_ints(p, k->dim, 1, k->dim, k->permutation[n], st);
    if (code) return code;
    int seen = 0;
    for (int i = 0; i < k->dim; i++) seen |= 1 << --k->permutation[n][i];
    if (seen != (1 << k->dim) - 1)
      return polar_fail_at(st, POLAR_MODEL, p->file, p->line,
                           "<permutation> does not hold each of 1 to %d once", k->dim);
  }
  return POLAR_OK;
}

polar_code gap_read_cluster(const gap_coordinates *c, gap_cluster *out, polar_status *st)
{
  const char *type = c->words.type;
  double theta[GAP_MAX_DIM];
  polar_code code;
  if (strcmp(type, "distance_2b") == 0) {
    out->kind = GAP_DISTANCE_2B;
    code = read_2b(c, out, &out->kernel.dim, st);
  } else if (strcmp(type, "angle_3b") == 0) {
    out->kind = GAP_ANGLE_3B;
    code = read_3b(c, out, &out->kernel.dim, st);
  } else {
    out->kind = GAP_DISTANCE_NB;
    code = read_nb(c, out, &out->kernel.dim, st);
  }
  if (code || (code = read_cutoff(&c->words, out, st)) ||
      (code = gap_check_dimension(c, out->kernel.dim, st)))
    return code;
  if (c->covariance != 1 && c->covariance != 4)
    return polar_fail_at(st, POLAR_MODEL, c->node->file, c->node->line,
                         "covariance_type=\"%d\" of a %s is not supported, expected 1 (squared "
                         "exponential) or 4 (compact polynomial)",
                         c->covariance, type);
  out->kernel.compact = c->covariance == 4;
  out->kernel.variance = c->delta * c->delta;
  if ((code = gap_read_theta(c, out->kernel.dim, theta, st)) ||
      (code = read_permutations(c, &out->kernel, st)))
    return code;
  for (int i = 0; i < out->kernel.dim; i++) out->kernel.inverse[i] = 1.0 / theta[i];
  return gap_kernel_set(&out->kernel, c->nsparse, c->x, c->alpha, c->f0, st);
}
