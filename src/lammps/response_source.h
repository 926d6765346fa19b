/* Where a fix or compute gets the electric response from: the words `born pair|FILE` as a
 * PolarResponse, which is the pair style (or the one sub-style of a hybrid) that knows its
 * response, or fixed Born tensors read from a file. */
#ifndef LMP_RESPONSE_SOURCE_H
#define LMP_RESPONSE_SOURCE_H

#include "pointers.h"
#include "polar_response.h"

#include "response/born_file.h"

#include <memory>
#include <string>

namespace LAMMPS_NS {

/* Fixed tensors: M = sum Z*_i r_i with positions unwrapped by image flags, so that Z* is the exact
 * derivative; only changes of M have a meaning. */
class BornFile : public PolarResponse, protected Pointers {
public:
  // read by rank 0 and broadcast; command: who asks, for messages. Raises errors. Collective.
  BornFile(LAMMPS *lmp, const std::string &command, const std::string &path);

  // raise an error unless every atom has a tensor and every atom ID of the file exists. Collective.
  void check() const;

  void polar_dipole(double m[3]) override;
  void polar_born(double (*born)[9]) override;
  double polar_field(const double e[3], double (*f)[3], double *virial) override;
  bool polar_field_energy_exact() const override { return true; }

  double memory_usage() const;

private:
  struct Release {
    void operator()(born_file *bf) const { born_file_free(bf); }
  };
  std::string command, path;
  std::unique_ptr<born_file, Release> file;

  const double *tensor(int i) const;
};

class ResponseSource : protected Pointers {
public:
  // word: "pair" or a file name
  ResponseSource(LAMMPS *lmp, const std::string &command, const std::string &word);

  // the response of the present pair style, or of the file checked against the present atoms; to
  // be called whenever either may have changed. Raises errors. Collective.
  PolarResponse *find();

  // Which force computation the response belongs to now: a number that grows with each; 0 as long
  // as there was none since find() for the atoms that this rank has, as in the part of a step
  // before forces are computed. A file needs none: a negative number, another one whenever atoms
  // may have changed ranks.
  bigint forces() const;

  bool from_pair() const { return !file; }
  double memory_usage() const;

private:
  std::string command;
  std::unique_ptr<BornFile> file;
  PolarResponse *response; // what find() has found
  bigint before;           // its forces_computed then

  PolarResponse *find_pair() const;
};

} // namespace LAMMPS_NS

#endif
