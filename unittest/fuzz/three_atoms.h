/* Three atoms that see each other, for models that a reader accepted. */
#ifndef THREE_ATOMS_H
#define THREE_ATOMS_H

#include "base/elements.h"
#include "base/neighbors.h"

static const double three_x[3][3] = {{0.0, 0.0, 0.0}, {1.9, 0.3, -0.4}, {-0.2, 2.1, 0.7}};

/* Elements: the lowest and the highest that is known, or silicon. element[4], by type */
static inline void three_elements(const char known[POLAR_MAX_Z + 1], int element[4])
{
  int low = 0, high = 0;
  for (int z = 1; z <= POLAR_MAX_Z; z++)
    if (known[z]) {
      if (!low) low = z;
      high = z;
    }
  element[0] = 0;
  element[1] = low ? low : 14;
  element[2] = high ? high : 14;
  element[3] = low ? low : 14;
}

static inline polar_neighbors three_atoms(const int element[4])
{
  static const int type[3] = {1, 2, 3}, centre[3] = {0, 1, 2}, count[3] = {2, 2, 2};
  static int of[3][2] = {{1, 2}, {0, 2}, {0, 1}};
  static int *const neighbor[3] = {of[0], of[1], of[2]};
  return (polar_neighbors){.natom = 3,
                           .x = three_x,
                           .type = type,
                           .element = element,
                           .ncentre = 3,
                           .centre = centre,
                           .count = count,
                           .neighbor = neighbor,
                           .mask = -1};
}

#endif
