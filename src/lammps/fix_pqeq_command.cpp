// What the words of the command fix pqeq set.
#include "fix_pqeq.h"

#include "error.h"

#include <algorithm>
#include <iterator>

using namespace LAMMPS_NS;

/* A keyword of the command, word[0], and the words after it */
struct FixPQEq::Words {
  LAMMPS *lmp;
  char **word;

  double number(int k) const { return utils::numeric(FLERR, word[k], false, lmp); }
  double positive(int k, double most) const
  {
    const double x = number(k);
    if (!(x > 0.0 && x <= most))
      lmp->error->all(FLERR,
                      "Fix pqeq: keyword {} has the value {}, expected more than 0 and at most {}",
                      word[0], word[k], most);
    return x;
  }
  int count() const
  {
    const int n = utils::inumeric(FLERR, word[1], false, lmp);
    if (n < 1)
      lmp->error->all(FLERR, "Fix pqeq: keyword {} has the value {}, expected 1 or more", word[0],
                      word[1]);
    return n;
  }
  bool is_second(const std::string &first, const std::string &second) const
  {
    if (word[1] != first && word[1] != second)
      lmp->error->all(FLERR, "Fix pqeq: keyword {} has the value '{}', expected {} or {}", word[0],
                      word[1], first, second);
    return word[1] == second;
  }
};

struct FixPQEq::Keyword {
  const char *name;
  int words; // after it
  void (*read)(FixPQEq &, const Words &);
};

const FixPQEq::Keyword FixPQEq::KEYWORDS[] = {
    {"scheme", 2, [](FixPQEq &fix, const Words &w) { fix.read_scheme(w); }},
    {"umax", 1, [](FixPQEq &fix, const Words &w) { fix.umax = w.positive(1, 1.0); }},
    {"tolq", 1, [](FixPQEq &fix, const Words &w) { fix.options.tol_q = w.positive(1, 1e-2); }},
    {"maxiter", 1, [](FixPQEq &fix, const Words &w) { fix.options.max_cg = w.count(); }},
    {"maxpass", 1, [](FixPQEq &fix, const Words &w) { fix.given_passes = w.count(); }},
    {"nonconv", 1,
     [](FixPQEq &fix, const Words &w) { fix.options.tolerate = w.is_second("error", "warn"); }},
    {"charge", 1, [](FixPQEq &fix, const Words &w) { fix.read_charge(w); }},
    {"fragment", 1,
     [](FixPQEq &fix, const Words &w) {
       fix.fragments = w.is_second("zero", "keep") ? KEEP : ZERO;
     }},
    {"efield", 4, [](FixPQEq &fix, const Words &w) { fix.read_field(w); }},
};

void FixPQEq::read_command(int narg, char **arg)
{
  if (narg < 7) utils::missing_cmd_args(FLERR, "fix pqeq", error);
  if (utils::inumeric(FLERR, arg[3], false, lmp) != 1)
    error->all(FLERR, "Fix pqeq: charges must be equilibrated every step: N is {}, expected 1",
               arg[3]);
  for (int i = 4; i < narg;) {
    const std::string key = arg[i];
    const auto *known = std::find_if(std::begin(KEYWORDS), std::end(KEYWORDS),
                                     [&](const Keyword &k) { return key == k.name; });
    if (known == std::end(KEYWORDS))
      error->all(FLERR,
                 "Unknown fix pqeq keyword: {}; known are scheme, umax, tolq, maxiter, maxpass, "
                 "nonconv, charge, fragment and efield",
                 key);
    if (i + known->words >= narg) utils::missing_cmd_args(FLERR, "fix pqeq " + key, error);
    known->read(*this, {lmp, arg + i});
    i += known->words + 1;
  }
}

void FixPQEq::read_scheme(const Words &w)
{
  const std::string scheme = w.word[1];
  options.converge = scheme == "converge";
  if (options.converge) {
    options.tol_u = w.positive(2, 0.1);
    return;
  }
  if (scheme != "fixed")
    error->all(FLERR, "Fix pqeq: scheme is '{}', expected fixed N or converge TOL", scheme);
  options.passes = utils::inumeric(FLERR, w.word[2], false, lmp);
  if (options.passes < 1 || options.passes > 1000)
    error->all(FLERR, "Fix pqeq: scheme fixed has {} passes, expected 1 to 1000", w.word[2]);
}

void FixPQEq::read_charge(const Words &w)
{
  given_charge = true;
  options.net_charge = w.number(1);
}

void FixPQEq::read_field(const Words &w)
{
  field_variables.read(w.word + 1, options.field);
  const std::string couple = w.word[4];
  if (couple != "full" && couple != "shell")
    error->all(FLERR,
               "Fix pqeq: efield acts on '{}', expected full (charges and shells) or shell (shells "
               "only)",
               couple);
  options.field_full = couple == "full";
}

/* What the keywords are together */
void FixPQEq::check_command()
{
  if (!options.converge && options.passes == 0)
    error->all(FLERR,
               "Fix pqeq: keyword scheme is missing, expected scheme fixed N (2 in published "
               "models) or scheme converge TOL");
  if (options.converge) options.passes = given_passes ? given_passes : 200;
  else if (given_passes)
    error->all(FLERR,
               "Fix pqeq: keyword maxpass belongs to scheme converge; the number of passes of "
               "scheme fixed is its value");
  if (fragments != ONE && given_charge)
    error->all(FLERR,
               "Fix pqeq: keywords charge and fragment exclude each other: with fragments each "
               "molecule has its own net charge");
}
