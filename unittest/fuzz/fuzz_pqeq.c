/* Fuzz target: any bytes as the content of a .pqeq file. What is accepted must be usable: every
 * element known, found by its symbol and only once, all numbers finite and inside the limits that
 * the header promises. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/elements.h"
#include "pqeq/pqeq_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  pqeq_parameters *p = NULL;
  polar_status st = {0};
  const polar_code code = pqeq_parse("fuzz", (const char *)data, size, &p, &st);
  require(st.code == code);
  if (code != POLAR_OK) {
    require(p == NULL && st.text[0] != '\0' && memchr(st.text, '\0', sizeof st.text));
    return 0;
  }
  require(p->n >= 1 && memchr(p->kernel, '\0', sizeof p->kernel));
  require(isfinite(p->coulomb) && fabs(p->coulomb - 14.4) < 0.1);
  require(p->lambda > 0.0 && isfinite(p->lambda));
  for (int i = 0; i < p->n; i++) {
    const pqeq_element *e = &p->element[i];
    const char *symbol = polar_element_symbol(e->number);
    require(symbol && pqeq_find(p, symbol) == e && e->line > 1);
    require(isfinite(e->chi) && isfinite(e->eta) && e->eta > 0.0);
    require(isfinite(e->radius) && e->radius > 0.0);
    require(isfinite(e->spring) && isfinite(e->z) && (e->z > 0.0) == (e->spring > 0.0));
  }
  pqeq_parameters_free(p);
  return 0;
}
