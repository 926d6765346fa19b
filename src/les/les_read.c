#include "les/les_file.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/elements.h"
#include "io/text.h"

static const char MAGIC[] = "POLAR-LES 1\n";
#define TRAILER 16 /* bytes of "\ncrc32 xxxxxxxx\n" */

/* CRC-32 as zlib and PNG have it (polynomial 0xedb88320) */
static uint32_t crc32_of(const unsigned char *data, size_t size)
{
  uint32_t table[256], crc = 0xffffffffu;
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  for (size_t i = 0; i < size; i++) crc = table[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
  return crc ^ 0xffffffffu;
}

/* little-endian numbers, whatever the machine */
static uint64_t little_endian(const unsigned char *p, int bytes)
{
  uint64_t x = 0;
  for (int i = 0; i < bytes; i++) x |= (uint64_t)p[i] << (8 * i);
  return x;
}

static double number(const unsigned char *p, int bytes)
{
  const uint64_t bits = little_endian(p, bytes);
  if (bytes == 4) {
    const uint32_t low = (uint32_t)bits;
    float x;
    memcpy(&x, &low, sizeof x);
    return x;
  }
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static polar_code read_elements(const text_reader *r, les_file *f, polar_status *st)
{
  f->nelement = r->ntoken - 1;
  if (f->nelement < 1 || f->nelement > LES_MAX_ELEMENT)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "found %d elements, expected 1 to %d",
                         f->nelement, LES_MAX_ELEMENT);
  for (int i = 0; i < f->nelement; i++) {
    f->element[i] = polar_element_number(r->token[i + 1]);
    if (!f->element[i])
      return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                           "found '%.20s', expected the symbol of an element", r->token[i + 1]);
    for (int k = 0; k < i; k++)
      if (f->element[k] == f->element[i])
        return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "element %s is listed twice",
                             r->token[i + 1]);
  }
  return POLAR_OK;
}

static polar_code read_block(const text_reader *r, les_file *f, int *width, polar_status *st)
{
  if (f->nblock == LES_MAX_BLOCK)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "found more than %d blocks",
                         LES_MAX_BLOCK);
  const int rank = r->ntoken - 3;
  if (rank < 1 || rank > 3 || strlen(r->token[1]) >= LES_NAME)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "expected: block NAME f32|f64 and one to three sizes");
  les_block *b = &f->block[f->nblock];
  for (int i = 0; i < f->nblock; i++)
    if (!strcmp(f->block[i].name, r->token[1]))
      return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "block %s is listed twice",
                           r->token[1]);
  strcpy(b->name, r->token[1]);
  b->rank = rank;
  b->line = r->line;
  b->count = 1;
  if (!strcmp(r->token[2], "f32")) *width = 4;
  else if (!strcmp(r->token[2], "f64")) *width = 8;
  else
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "found '%.20s', expected f32 or f64",
                         r->token[2]);
  for (int i = 0; i < rank; i++) {
    const polar_code code = text_get_int(r, 3 + i, "size", 1, 1 << 16, &b->shape[i], st);
    if (code) return code;
    b->count *= (size_t)b->shape[i];
    if (b->count > (size_t)1 << 26)
      return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "block %s is too large for a model",
                           b->name);
  }
  f->nblock++;
  return POLAR_OK;
}

/* Header words in any order. `seen` has one bit per word. */
static polar_code read_line(const text_reader *r, les_file *f, unsigned *seen, polar_status *st)
{
  static const char *const words[] = {
      "elements", "e0", "scale", "cutoff",      "radial", "embedding",
      "sigma",    "dl", "norm",  "remove_self", "layers", "message_norm",
      "memory",   "ar", "bchi",  "energy",      "charge", "amplitude"};
  static const int values[] = {-1, -1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, -1, -1, 1};
  int w = 0;
  const int nword = (int)(sizeof values / sizeof *values);
  while (w < nword && strcmp(r->token[0], words[w])) w++;
  if (w == nword)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "found '%.40s', expected a word of the format: the file may be of a newer "
                         "version",
                         r->token[0]);
  if (*seen & 1u << w)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "'%s' is given twice", words[w]);
  *seen |= 1u << w;
  if (values[w] >= 0 && r->ntoken - 1 != values[w])
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "found %d values after '%s', expected %d", r->ntoken - 1, words[w],
                         values[w]);
  switch (w) {
    case 0:
      return read_elements(r, f, st);
    case 1:
      f->has_e0 = 1;
      if (!f->nelement || r->ntoken - 1 != f->nelement)
        return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                             "found %d energies, expected one for each of the %d elements before",
                             r->ntoken - 1, f->nelement);
      for (int i = 0; i < f->nelement; i++)
        if (text_get_double(r, i + 1, "energy", &f->e0[i], st)) return POLAR_MODEL;
      return POLAR_OK;
    case 2:
      f->has_scale = 1;
      return text_get_double(r, 1, "scale", &f->scale, st);
    case 3:
      if (text_get_double(r, 1, "cutoff", &f->cutoff, st)) return POLAR_MODEL;
      return text_get_int(r, 2, "power of the cutoff", 2, 20, &f->power, st);
    case 4:
      if (text_get_int(r, 1, "number of radial functions", 1, LES_LANES - 1, &f->nradial, st))
        return POLAR_MODEL;
      return text_get_int(r, 2, "size of the radial basis", 1, 64, &f->nbasis, st);
    case 5:
      return text_get_int(r, 1, "size of the embedding", 1, 8, &f->nembed, st);
    case 6:
      return text_get_double(r, 1, "sigma", &f->sigma, st);
    case 7:
      return text_get_double(r, 1, "dl", &f->dl, st);
    case 8:
      return text_get_double(r, 1, "norm", &f->norm, st);
    case 9:
      return text_get_int(r, 1, "remove_self", 0, 1, &f->remove_self, st);
    case 10:
      return text_get_int(r, 1, "number of message passing layers", 0, 1, &f->layers, st);
    case 11:
      return text_get_double(r, 1, "message_norm", &f->message_norm, st);
    case 12:
      return text_get_int(r, 1, "memory", 0, 1, &f->memory, st);
    case 13:
      return text_get_int(r, 1, "ar", 0, 1, &f->ar, st);
    case 14:
      if (text_get_int(r, 1, "degrees of bchi", 0, 4, &f->chi_l, st)) return POLAR_MODEL;
      return text_get_int(r, 2, "channels of bchi", 0, 64, &f->chi_channels, st);
    case 17:
      return text_get_double(r, 1, "amplitude", &f->amplitude, st);
    default: {
      const int net = w - 15;
      f->nhidden[net] = r->ntoken - 2;
      if (f->nhidden[net] < 1 || f->nhidden[net] > LES_MAX_HIDDEN)
        return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                             "found %d hidden layers, expected 1 to %d", f->nhidden[net],
                             LES_MAX_HIDDEN);
      if (text_get_int(r, 1, "bias flag", 0, 1, &f->bias[net], st)) return POLAR_MODEL;
      for (int i = 0; i < f->nhidden[net]; i++)
        if (text_get_int(r, i + 2, "size of a layer", 1, LES_MAX_UNITS, &f->hidden[net][i], st))
          return POLAR_MODEL;
      return POLAR_OK;
    }
  }
}

static polar_code check_header(const les_file *f, unsigned seen, polar_status *st)
{
  const unsigned always = 0x1u | 0x7f8u | 0x38000u, message = 0x7800u;
  if ((seen & always) != always)
    return polar_fail(st, POLAR_MODEL,
                      "%s: the header is incomplete, expected elements, cutoff, radial, embedding, "
                      "amplitude, sigma, dl, norm, remove_self, layers, energy and charge",
                      f->file);
  if (f->layers ? (seen & message) != message : (seen & message) != 0)
    return polar_fail(st, POLAR_MODEL,
                      "%s: message_norm, memory, ar and bchi belong to a model with one message "
                      "passing layer, but layers is %d",
                      f->file, f->layers);
  if (!(f->cutoff > 0.0 && f->cutoff <= 100.0 && f->sigma > 0.0 && f->dl > 0.0 && f->norm > 0.0))
    return polar_fail(st, POLAR_MODEL,
                      "%s: cutoff %g (expected up to 100), sigma %g, dl %g and norm %g must be "
                      "positive",
                      f->file, f->cutoff, f->sigma, f->dl, f->norm);
  const int c = f->nembed * f->nembed;
  if ((f->chi_l != 0 && f->chi_l != 1 && f->chi_l != 4) ||
      (f->chi_l == 0) != (f->chi_channels == 0) || (f->chi_channels > 1 && f->chi_channels != c))
    return polar_fail(st, POLAR_MODEL,
                      "%s: found bchi %d %d, expected 0 0, or 1 or 4 degrees and 1 or %d channels",
                      f->file, f->chi_l, f->chi_channels, c);
  if (f->has_scale && f->scale == 0.0)
    return polar_fail(st, POLAR_MODEL, "%s: scale is 0: leave it out if it is not known", f->file);
  return POLAR_OK;
}

static polar_code read_values(les_file *f, const int *width, const unsigned char *p, size_t size,
                              polar_status *st)
{
  size_t need = 0;
  for (int b = 0; b < f->nblock; b++) need += f->block[b].count * (size_t)width[b];
  if (need != size)
    return polar_fail(st, POLAR_SYNTAX,
                      "%s: found %zu bytes of numbers, expected %zu: the file is damaged", f->file,
                      size, need);
  for (int b = 0; b < f->nblock; b++) {
    les_block *block = &f->block[b];
    block->value = malloc(block->count * sizeof(double));
    if (!block->value) return polar_fail_memory(st, "reading a LES model");
    for (size_t i = 0; i < block->count; i++, p += width[b]) {
      block->value[i] = number(p, width[b]);
      if (!(fabs(block->value[i]) < 1e10))
        return polar_fail(st, POLAR_MODEL, "%s: value %zu of block %s is %g, not a usable number",
                          f->file, i, block->name, block->value[i]);
    }
  }
  return POLAR_OK;
}

static polar_code parse(const char *data, size_t size, les_file *f, les_model *m, polar_status *st)
{
  if (size < sizeof MAGIC - 1 || memcmp(data, MAGIC, sizeof MAGIC - 1))
    return polar_fail_at(
        st, POLAR_SYNTAX, f->file, 1,
        "expected 'POLAR-LES 1' as first line: not a LES model; convert .pth files "
        "with potentials/convert/cace2les.py");
  static const char mark[] = "\ndata\n";
  size_t head = 0;
  while (head + 6 <= size && memcmp(data + head, mark, 6)) head++;
  if (head + 6 + TRAILER > size)
    return polar_fail(st, POLAR_SYNTAX,
                      "%s: found no end of the header (a line 'data') or no "
                      "checksum behind it: the file is cut off",
                      f->file);
  const size_t begin = head + 6, end = size - TRAILER;
  uint32_t found = 0;
  int good = !memcmp(data + end, "\ncrc32 ", 7) && data[size - 1] == '\n';
  for (int i = 0; i < 8 && good; i++) {
    const char c = data[end + 7 + i];
    good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    found = found << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  const uint32_t crc = crc32_of((const unsigned char *)data, end);
  if (!good)
    return polar_fail(st, POLAR_SYNTAX,
                      "%s: the last line is not 'crc32 XXXXXXXX': the file is cut off or damaged",
                      f->file);
  if (found != crc)
    return polar_fail(st, POLAR_SYNTAX,
                      "%s: the checksum is %08x, expected %08x: the file is damaged, copy or "
                      "convert it again",
                      f->file, (unsigned)crc, (unsigned)found);

  text_reader *r = NULL;
  int width[LES_MAX_BLOCK];
  unsigned seen = 0;
  polar_code code = text_open_memory(f->file, data, head + 1, &r, st);
  if (code) return code;
  code = text_next(r, st); /* the first line */
  while (!code && !(code = text_next(r, st)) && r->ntoken)
    code = strcmp(r->token[0], "block")
               ? read_line(r, f, &seen, st)
               : read_block(r, f, &width[f->nblock < LES_MAX_BLOCK ? f->nblock : 0], st);
  text_close(r);
  if (!code) code = check_header(f, seen, st);
  if (!code) code = read_values(f, width, (const unsigned char *)data + begin, end - begin, st);
  return code ? code : les_pack(f, m, st);
}

polar_code les_parse(const char *file, const char *data, size_t size, les_model **out,
                     polar_status *st)
{
  *out = NULL;
  les_file *f = calloc(1, sizeof *f);
  les_model *m = calloc(1, sizeof *m);
  polar_code code = POLAR_OK;
  if (!f || !m) code = polar_fail_memory(st, "reading a LES model");
  if (!code) {
    f->file = file;
    code = parse(data, size, f, m, st);
  }
  for (int b = 0; f && b < f->nblock; b++) free(f->block[b].value);
  free(f);
  if (code) {
    les_model_free(m);
    return code;
  }
  *out = m;
  return POLAR_OK;
}

polar_code les_read(const char *path, les_model **out, polar_status *st)
{
  char *data;
  size_t size;
  *out = NULL;
  polar_code code = text_read_file(path, TEXT_MAX_SIZE, &data, &size, st);
  if (code) return code;
  code = les_parse(path, data, size, out, st);
  free(data);
  return code;
}

polar_code les_file_block(const les_file *f, const char *name, int rank, int n0, int n1, int n2,
                          const double **value, polar_status *st)
{
  const int want[3] = {n0, n1, n2};
  for (int b = 0; b < f->nblock; b++) {
    const les_block *block = &f->block[b];
    if (strcmp(block->name, name)) continue;
    int same = block->rank == rank;
    for (int i = 0; i < rank && same; i++) same = block->shape[i] == want[i];
    if (!same)
      return polar_fail_at(st, POLAR_MODEL, f->file, block->line,
                           "block %s does not have the shape that the header gives it: expected "
                           "%d numbers per dimension of %d, %d, %d",
                           name, rank, n0, n1, n2);
    *value = block->value;
    return POLAR_OK;
  }
  return polar_fail(st, POLAR_MODEL, "%s: block %s is missing", f->file, name);
}
