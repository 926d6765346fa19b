/* The steps of gap_soap that the dipole model shares: neighbors -> expansion coefficients -> power
 * spectrum, and back. Private to this folder. */
#ifndef GAP_EXPAND_H
#define GAP_EXPAND_H

#include "gap/gap_soap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Atoms that the descriptor of centre i sees, kept in `w` for the next calls; returns their number
 * or -1 if out of memory. */
int gap_expand_collect(const gap_soap *s, gap_soap_work *w, const polar_neighbors *list, int i);

/* c[nlm][nchannel] of centre i with its n collected atoms */
void gap_expand(const gap_soap *s, gap_soap_work *w, const polar_neighbors *list, int i, int n,
                double *c);

/* p[dim] from c; returns the norm by which it was divided, 0 if there was nothing to divide */
double gap_expand_spectrum(const gap_soap *s, gap_soap_work *w, const double *c, double *p);

/* adjoint[nlm][nchannel] = dE/dc from g[dim] = dE/dp, which is overwritten, of a p with that norm
 */
void gap_expand_backward(const gap_soap *s, gap_soap_work *w, const double *c, const double *p,
                         double norm, double *g, double *adjoint);

/* Forces on centre i and its n collected atoms from adjoint[nlm][nchannel] = dE/dc */
void gap_expand_forces(const gap_soap *s, gap_soap_work *w, int i, int n, const double *adjoint,
                       gap_result *out);

#ifdef __cplusplus
}
#endif
#endif
