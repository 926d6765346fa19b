/* Anderson mixing of the shells' displacements (D. G. Anderson, J. ACM 12, 547 (1965)), with the
 * springs as weights: u + f is what the plain step would give, f its residual. */
#ifndef PQEQ_MIXING_H
#define PQEQ_MIXING_H

#include <stddef.h>

#define PQEQ_MIXING_DEPTH 5

typedef struct {
  int used, next;  /* differences that are kept; where the next one goes */
  int have_last;   /* 1: last residual and goal are set */
  size_t room;     /* doubles per vector */
  double *vectors; /* [2 + 2 depth][room]: last residual, last goal, differences of both */
} pqeq_mixing;

/* Forget the past, make room for n doubles. Returns 0, or 1 if there is no memory. */
int pqeq_mixing_reset(pqeq_mixing *m, size_t n);
void pqeq_mixing_free(pqeq_mixing *m);

/* One point of the iteration: u [n] in, goal [n] in (the plain step from u), weight [n] of the
 * inner product. Replaces mixed [n] by the mixed step; sum adds over ranks (may be NULL). */
void pqeq_mixing_step(pqeq_mixing *m, size_t n, const double *u, const double *goal,
                      const double *weight, double *mixed,
                      void (*sum)(void *self, double *value, int n), void *self);

#endif
