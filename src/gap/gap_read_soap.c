#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "gap/gap_basis.h"
#include "gap/gap_read.h"

#define MAX_SPECIES 100
#define MAX_FEATURES 10000000L

/* zeta as an attribute, or in <theta> in old files */
static polar_code read_zeta(const gap_coordinates *c, gap_soap *s, polar_status *st)
{
  polar_code code;
  if (c->covariance != 2)
    return polar_fail_at(
        st, POLAR_MODEL, c->node->file, c->node->line,
        "covariance_type=\"%d\" of a %s is not supported, expected 2 (dot product)", c->covariance,
        c->words.type);
  if (xml_value(c->node, "zeta")) code = xml_attribute_double(c->node, "zeta", &s->zeta, st);
  else code = gap_read_theta(c, 1, &s->zeta, st);
  if (code) return code;
  if (!(s->zeta > 0.0 && s->zeta <= 100.0))
    return polar_fail_at(st, POLAR_MODEL, c->node->file, c->node->line,
                         "zeta = %g, expected a number above 0 and up to 100", s->zeta);
  s->integer_zeta = s->zeta == floor(s->zeta) ? (int)s->zeta : 0;
  return POLAR_OK;
}

/* Sparse points pass from the coordinates to the descriptor */
static void take_points(gap_coordinates *c, gap_soap *s)
{
  s->variance = c->delta * c->delta;
  s->nsparse = c->nsparse;
  s->dim = c->dim;
  s->x = c->x;
  s->alpha = c->alpha;
  c->x = c->alpha = NULL;
}

static polar_code limit_features(const gap_coordinates *c, long nchannel, int lmax,
                                 polar_status *st)
{
  if (nchannel * (nchannel + 1) / 2 * (lmax + 1) > MAX_FEATURES)
    return polar_fail_at(st, POLAR_MODEL, c->node->file, c->words.line,
                         "the power spectrum of %ld channels and l_max = %d has more than %ld "
                         "elements",
                         nchannel, lmax, MAX_FEATURES);
  return POLAR_OK;
}

/* species_Z; missing only for one species, which then is any element */
static polar_code read_species(const gap_words *w, int n, int *z, polar_status *st)
{
  z[0] = 0;
  if (n == 1 && !gap_words_find(w, "species_Z")) return POLAR_OK;
  polar_code code = gap_words_ints(w, "species_Z", n, 0, POLAR_MAX_Z, z, st);
  for (int k = 0; k < n && !code; k++)
    for (int i = 0; i < k; i++)
      if (z[i] == z[k] && !code)
        code = polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                             "species_Z of the descriptor %.40s names element %d twice", w->type,
                             z[k]);
  return code;
}

static void map_species(gap_soap *s)
{
  for (int z = 0; z <= POLAR_MAX_Z; z++) s->species[z] = -1;
  for (int k = 0; k < s->nspecies; k++)
    if (s->atomic_number[k]) s->species[s->atomic_number[k]] = (short)k;
  for (int k = 0; k < s->nspecies; k++)
    if (s->atomic_number[k] == 0)
      for (int z = 1; z <= POLAR_MAX_Z; z++) s->species[z] = 0;
}

static void add_feature(gap_soap *s, int l, int i, int j, double weight)
{
  s->gram[s->nfeature] = (l * s->nchannel + i) * s->nchannel + j;
  s->weight[s->nfeature++] = weight;
}

static polar_code allocate_features(gap_soap *s, polar_status *st)
{
  const size_t most = (size_t)s->nchannel * (s->nchannel + 1) / 2 * (s->lmax + 1);
  s->gram = calloc(most, sizeof *s->gram);
  s->weight = calloc(most, sizeof *s->weight);
  return s->gram && s->weight ? POLAR_OK : polar_fail_memory(st, "storing a SOAP descriptor");
}

/* -------------------------------------------------------------------------------------- soap ---
 */

static polar_code read_centres(const gap_words *w, char *centre, polar_status *st)
{
  static const int one = 1;
  int n = 1, z[MAX_SPECIES] = {0};
  polar_code code = gap_words_int(w, "n_Z", &one, 1, MAX_SPECIES, &n, st);
  if (!code && (gap_words_find(w, "Z") || n > 1))
    code = gap_words_ints(w, "Z", n, 0, POLAR_MAX_Z, z, st);
  for (int k = 0; k < n && !code; k++)
    for (int e = 1; e <= POLAR_MAX_Z; e++) centre[e] |= z[k] == 0 || z[k] == e;
  return code;
}

/* Channels of n radial functions for each species, the species, and which atoms are centres */
static polar_code read_channels(gap_coordinates *c, gap_density *out, int n, polar_status *st)
{
  gap_soap *s = &out->soap;
  polar_code code;
  s->first = calloc(s->nspecies + 1, sizeof *s->first);
  if (!s->first) return polar_fail_memory(st, "storing a SOAP descriptor");
  for (int k = 0; k <= s->nspecies; k++) s->first[k] = k * n;
  if ((code = gap_soap_allocate(s, st)) ||
      (code = read_species(&c->words, s->nspecies, s->atomic_number, st)) ||
      (code = read_centres(&c->words, out->centre, st)) || (code = read_zeta(c, s, st)) ||
      (code = allocate_features(s, st)))
    return code;
  map_species(s);
  return POLAR_OK;
}

static const char *const soap_refused[] = {"average=F",   "radial_basis=EQUISPACED_GAUSS",
                                           "nu_R=2",      "nu_S=2",
                                           "R_mix=F",     "Z_mix=F",
                                           "K=0",         "sym_mix=F",
                                           "coupling=T",  "Z_map=",
                                           "mix_shift=0", NULL};

polar_code gap_read_soap(gap_coordinates *c, gap_density *out, polar_status *st)
{
  static const int one = 1, zero = 0;
  static const double half = 0.5, unit = 1.0, nothing = 0.0, ten = 10.0;
  const gap_words *w = &c->words;
  gap_soap *s = &out->soap;
  gap_soap_basis b = {0};
  int everywhere, diagonal;
  polar_code code;
  if ((code = gap_refuse_keys(w, soap_refused, st)) ||
      (code = gap_words_int(w, "l_max", NULL, 0, HARMONICS_MAX_L, &b.lmax, st)) ||
      (code = gap_words_int(w, "n_max", NULL, 1, GAP_MAX_N, &b.n, st)) ||
      (code = gap_words_double(w, "cutoff", NULL, 0.1, 100.0, &b.cutoff, st)) ||
      (code = gap_words_double(w, "cutoff_transition_width", &half, 1e-6, b.cutoff, &b.transition,
                               st)) ||
      (code = gap_words_double(
           w, gap_words_find(w, "atom_sigma") ? "atom_sigma" : "atom_gaussian_width", NULL, 0.01,
           10.0, &b.sigma, st)) ||
      (code =
           gap_words_double(w, "basis_error_exponent", &ten, 0.1, 100.0, &b.error_exponent, st)) ||
      (code = gap_words_double(w, "central_weight", &unit, -1e6, 1e6, &b.central_weight, st)) ||
      (code = gap_words_int(w, "cutoff_dexp", &zero, 0, 100, &b.dexp, st)) ||
      (code = gap_words_double(w, "cutoff_rate", &unit, 0.0, 1e6, &b.rate, st)) ||
      (code = gap_words_double(w, "cutoff_scale", &unit, 1e-3, 1e3, &b.scale, st)) ||
      (code = gap_words_double(w, "covariance_sigma0", &nothing, -1e6, 1e6, &s->sigma0, st)) ||
      (code = gap_words_flag(w, "normalise", 1, &s->normalise, st)) ||
      (code = gap_words_flag(w, "diagonal_radial", 0, &diagonal, st)) ||
      (code = gap_words_int(w, "n_species", &one, 1, MAX_SPECIES, &s->nspecies, st)) ||
      /* files before 2015-03-21 have the other default, and no factor 1/sqrt(2l+1) before
       * 2015-02-05 */
      (code = gap_words_flag(w, "central_reference_all_species",
                             s->nspecies == 1 || c->version < 1426512068.0, &everywhere, st)) ||
      (code = limit_features(c, (long)b.n * s->nspecies, b.lmax, st)))
    return code;

  s->lmax = b.lmax;
  s->cutoff = b.cutoff;
  s->centre_species = -1;
  s->centre_everywhere = everywhere;
  s->tail = 1;
  if ((code = read_channels(c, out, b.n, st))) return code;
  const int old = c->version < 1423143769.0;
  for (int i = 0; i < s->nchannel; i++)
    for (int j = 0; j <= i; j++)
      for (int l = 0; l <= s->lmax; l++)
        if (!diagonal || i % b.n == j % b.n)
          add_feature(s, l, i, j, (i == j ? 1.0 : sqrt(2.0)) / (old ? 1.0 : sqrt(2 * l + 1)));
  if ((code = gap_check_dimension(c, s->nfeature + 1L, st)) ||
      (code = gap_basis_soap(&b, &s->radial[0], s->centre, st)))
    return code;
  for (int k = 1; k < s->nspecies; k++) {
    s->radial[k] = s->radial[0];
    memcpy(s->centre + k * b.n, s->centre, b.n * sizeof *s->centre);
  }
  take_points(c, s);
  return POLAR_OK;
}

/* ----------------------------------------------------------------------------------- soap_23 ---
 */

/* A format of this package: nothing is passed over in silence. The last five are of the fit. */
static polar_code only_known_keys(const gap_words *w, polar_status *st)
{
  static const char *const known[] = {
      "l_max",      "n2_max",         "n3_max",          "cutoff2", "cutoff3",    "beta",
      "atom_sigma", "angular_filter", "n_species",       "Z",       "species_Z",  "n_Z",
      "delta",      "n_sparse",       "covariance_type", "zeta",    "add_species"};
  for (int i = 0; i < w->n; i++) {
    size_t k = 0;
    while (k < sizeof known / sizeof *known && strcmp(w->word[i].key, known[k])) k++;
    if (k == sizeof known / sizeof *known)
      return polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                           "unknown key %.60s of the descriptor soap_23; known are l_max, n2_max, "
                           "n3_max, cutoff2, cutoff3, beta, atom_sigma, angular_filter, n_species, "
                           "species_Z, Z, n_Z",
                           w->word[i].key);
  }
  return POLAR_OK;
}

polar_code gap_read_soap_23(gap_coordinates *c, gap_density *out, polar_status *st)
{
  static const int one = 1;
  static const double half = 0.5, tenth = 0.1, filter_default = 0.002;
  const gap_words *w = &c->words;
  gap_soap *s = &out->soap;
  double sigma, beta, filter;
  int n;
  polar_code code;
  if ((code = only_known_keys(w, st)) ||
      (code = gap_words_int(w, "l_max", NULL, 0, HARMONICS_MAX_L, &s->lmax, st)) ||
      (code = gap_words_int(w, "n2_max", NULL, 1, GAP_MAX_N, &s->npair, st)) ||
      (code = gap_words_int(w, "n3_max", NULL, 1, GAP_MAX_N, &n, st)) ||
      (code = gap_words_double(w, "cutoff2", NULL, 0.1, 100.0, &s->pair_cutoff, st)) ||
      (code = gap_words_double(w, "cutoff3", NULL, 0.1, 100.0, &s->density_cutoff, st)) ||
      (code = gap_words_double(w, "atom_sigma", &half, 0.1, 10.0, &sigma, st)) ||
      (code = gap_words_double(w, "beta", &tenth, 0.0, 1.0, &beta, st)) ||
      (code = gap_words_double(w, "angular_filter", &filter_default, 0.0, 1e3, &filter, st)) ||
      (code = gap_words_int(w, "n_species", &one, 1, MAX_SPECIES, &s->nspecies, st)) ||
      (code = limit_features(c, (long)n * s->nspecies, s->lmax, st)))
    return code;
  s->cutoff = s->pair_cutoff > s->density_cutoff ? s->pair_cutoff : s->density_cutoff;
  s->centre_species = -1;
  s->normalise = 1;
  s->remove_self = 1;
  s->share[0] = sqrt(beta);
  s->share[1] = sqrt(1.0 - beta);
  if ((code = read_channels(c, out, n, st))) return code;
  /* sqrt(8 pi^2/(2l+1)) eta_l, eta_l = 1/(1 + a (l(l+1))^2); pairs of channels stand for two */
  for (int i = 0; i < s->nchannel; i++)
    for (int j = 0; j <= i; j++)
      for (int l = 0; l <= s->lmax; l++) {
        const double ll = l * (l + 1.0), eta = 1.0 / (1.0 + filter * ll * ll);
        add_feature(s, l, i, j,
                    (i == j ? 1.0 : sqrt(2.0)) * sqrt(8.0 / (2 * l + 1)) * POLAR_PI * eta);
      }
  gap_radial *g = &s->radial[0];
  if ((code = gap_check_dimension(c, (long)s->nspecies * s->npair + s->nfeature, st)) ||
      (code = gap_basis_bessel(0, s->npair, s->pair_cutoff, sigma, &s->pair, st)) ||
      (code = gap_basis_bessel(s->lmax, n, s->density_cutoff, sigma, &g->table, st)))
    return code;
  g->cutoff = s->density_cutoff; /* the cutoff function is in the table */
  for (int k = 1; k < s->nspecies; k++) s->radial[k] = *g;
  take_points(c, s);
  return POLAR_OK;
}

/* -------------------------------------------------------------------------------- soap_turbo ---
 */

static const char *const turbo_refused[] = {
    "scaling_mode=polynomial", "compress_file=", "compress_indices=", "average=F", NULL};

/* A list with a number for each species */
static polar_code per_species(const gap_words *w, const char *key, int n, double fallback,
                              double lo, double hi, double *x, polar_status *st)
{
  for (int k = 0; k < n; k++) x[k] = fallback;
  if (fallback == fallback && !gap_words_find(w, key)) return POLAR_OK;
  return gap_words_doubles(w, key, n, lo, hi, x, st);
}

polar_code gap_read_turbo(gap_coordinates *c, gap_density *out, polar_status *st)
{
  static const int one = 1, none = 0;
  static const double four = 4.0;
  const gap_words *w = &c->words;
  gap_soap *s = &out->soap;
  gap_turbo_basis b = {0};
  double sigma_r[MAX_SPECIES], sigma_t[MAX_SPECIES], scaling_r[MAX_SPECIES], scaling_t[MAX_SPECIES];
  double amplitude[MAX_SPECIES], weight[MAX_SPECIES];
  int alpha_max[MAX_SPECIES], central;
  polar_code code;
  if ((code = gap_refuse_keys(w, turbo_refused, st)) ||
      (code = gap_words_int(w, "l_max", NULL, 0, HARMONICS_MAX_L, &b.lmax, st)) ||
      (code = gap_words_double(w, "rcut_hard", NULL, 0.1, 100.0, &b.hard, st)) ||
      (code = gap_words_double(w, "rcut_soft", NULL, 0.01, b.hard, &b.soft, st)) ||
      (code = gap_words_double(w, "nf", &four, 0.1, 100.0, &b.filter, st)) ||
      (code = gap_words_int(w, "radial_enhancement", &none, 0, 2, &b.enhancement, st)) ||
      (code = gap_words_int(w, "n_species", &one, 1, MAX_SPECIES, &s->nspecies, st)) ||
      (code = gap_words_int(w, "central_index", &one, 1, s->nspecies, &central, st)) ||
      (code = gap_words_ints(w, "alpha_max", s->nspecies, 1, 12, alpha_max, st)) ||
      (code = per_species(w, "atom_sigma_r", s->nspecies, NAN, 0.05, 10.0, sigma_r, st)) ||
      (code = per_species(w, "atom_sigma_t", s->nspecies, NAN, 0.05, 10.0, sigma_t, st)) ||
      (code = per_species(w, "atom_sigma_r_scaling", s->nspecies, 0.0, 0.0, 10.0, scaling_r, st)) ||
      (code = per_species(w, "atom_sigma_t_scaling", s->nspecies, 0.0, 0.0, 10.0, scaling_t, st)) ||
      (code = per_species(w, "amplitude_scaling", s->nspecies, 0.0, 0.0, 100.0, amplitude, st)) ||
      (code = per_species(w, "central_weight", s->nspecies, 1.0, -1e6, 1e6, weight, st)))
    return code;

  const char *basis = gap_words_find(w, "basis"), *mode = gap_words_find(w, "compress_mode");
  b.gaussian = basis && strcmp(basis, "poly3gauss") == 0;
  if (basis && !b.gaussian && strcmp(basis, "poly3") != 0)
    return polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                         "basis=%.40s of soap_turbo is not supported, expected poly3 or poly3gauss",
                         basis);
  const int trivial = mode && (strcmp(mode, "trivial") == 0 || strcmp(mode, "Trivial") == 0);
  if (mode && !trivial && strcmp(mode, "None") != 0 && strcmp(mode, "none") != 0)
    return polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                         "compress_mode=%.40s of soap_turbo is not supported, expected None or "
                         "trivial",
                         mode);

  s->lmax = b.lmax;
  s->cutoff = b.hard;
  s->centre_species = central - 1;
  s->normalise = 1;
  s->least_norm = 1e-5;
  s->first = calloc(s->nspecies + 1, sizeof *s->first);
  if (!s->first) return polar_fail_memory(st, "storing a SOAP descriptor");
  for (int k = 0; k < s->nspecies; k++) s->first[k + 1] = s->first[k] + alpha_max[k];
  if ((code = limit_features(c, s->first[s->nspecies], b.lmax, st)) ||
      (code = gap_soap_allocate(s, st)) ||
      (code = read_species(w, s->nspecies, s->atomic_number, st)) || (code = read_zeta(c, s, st)) ||
      (code = allocate_features(s, st)))
    return code;
  map_species(s);
  for (int z = 1; z <= POLAR_MAX_Z; z++)
    out->centre[z] = s->atomic_number[central - 1] == z || s->atomic_number[central - 1] == 0;
  for (int i = 0; i < s->nchannel; i++)
    for (int j = i; j < s->nchannel; j++) {
      int leading = !trivial;
      for (int k = 0; k < s->nspecies; k++) leading |= s->first[k] == i || s->first[k] == j;
      for (int l = 0; l <= s->lmax && leading; l++)
        add_feature(s, l, i, j, i == j ? 1.0 : sqrt(2.0));
    }
  if ((code = gap_check_dimension(c, s->nfeature, st))) return code;
  for (int k = 0; k < s->nspecies; k++) {
    b.n = alpha_max[k];
    b.sigma_r = sigma_r[k];
    b.sigma_t = sigma_t[k];
    b.scaling_r = scaling_r[k];
    b.scaling_t = scaling_t[k];
    b.amplitude = amplitude[k];
    b.central_weight = weight[k];
    if ((code = gap_basis_turbo(&b, &s->radial[k], s->centre + s->first[k], st))) return code;
  }
  take_points(c, s);
  return POLAR_OK;
}
