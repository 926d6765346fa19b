// One small made-up model for each descriptor and kernel.
#ifndef GAP_MODELS_H
#define GAP_MODELS_H

#include "gap_fixture.h"

namespace gap_test {

struct Case {
  const char *name;
  std::vector<int> elements;
  int natoms;
  double spacing;
  std::string text;
  std::vector<double> kinks; // distances where higher derivatives of the energy jump
};
inline void PrintTo(const Case &c, std::ostream *out)
{
  *out << c.name;
}

inline std::string theta(const std::string &x)
{
  return "<theta>" + x + "</theta>\n";
}

inline const std::string delta = "signal_variance=\"0.7\" signal_mean=\"0.3\"";

inline std::string soap(const std::string &keys, int n, int l, int species, unsigned seed,
                        double zeta = 4, int dim = 0)
{
  return coordinates(
      "soap cutoff=3.6 cutoff_transition_width=0.7 atom_sigma=0.5 n_max=" + std::to_string(n) +
          " l_max=" + std::to_string(l) + " n_species=" + std::to_string(species) + " " + keys,
      dim ? dim : soap_dimension(n, l, species), 9, 2,
      "signal_variance=\"1.1\" zeta=\"" + number(zeta) + "\"", "", 0, 0, seed);
}

inline std::string soap_23(const std::string &keys, int n2, int n3, int l, unsigned seed)
{
  const int n = 2 * n3;
  return coordinates("soap_23 n_species=2 species_Z={8 14} n2_max=" + std::to_string(n2) +
                         " n3_max=" + std::to_string(n3) + " l_max=" + std::to_string(l) +
                         " atom_sigma=0.5 " + keys,
                     2 * n2 + n * (n + 1) / 2 * (l + 1), 9, 2, "signal_variance=\"1.1\" zeta=\"4\"",
                     "", 0, 0, seed);
}

inline std::string turbo(const std::string &keys, int dim, unsigned seed)
{
  return coordinates("soap_turbo l_max=4 rcut_hard=3.6 rcut_soft=3.0 n_species=2 species_Z={14 8} "
                     "alpha_max={4 3} atom_sigma_r={0.5 0.4} atom_sigma_t={0.5 0.45} "
                     "atom_sigma_r_scaling={0.1 0.05} atom_sigma_t_scaling={0.05 0.0} "
                     "amplitude_scaling={1.0 2.0} central_weight={1.0 0.5} " +
                         keys,
                     dim, 7, 2, "signal_variance=\"1.1\" zeta=\"4\"", "", 0, 0, seed, 30.0);
}

// all densities of the tests fall into the first interval of the embedding energy
inline std::string glue()
{
  std::string text =
      "<Glue_params n_types=\"1\">\n<per_type_data atomic_num=\"14\" type=\"1\">\n"
      "<density num_points=\"3\" density_y1=\"-0.4\" density_yn=\"0\">"
      "<point a=\"1\" rho=\"1.5\"/><point a=\"2\" rho=\"0.3\"/><point a=\"3.3\" rho=\"0\"/>"
      "</density>\n<potential_density num_points=\"3\"><point rho=\"0\" E=\"0\"/>"
      "<point rho=\"30\" E=\"-20\"/><point rho=\"60\" "
      "E=\"-25\"/></potential_density></per_type_data>\n"
      "<per_pair_data type1=\"1\" type2=\"1\"><potential_pair num_points=\"4\" y1=\"-3\">"
      "<point r=\"1.2\" E=\"4\"/><point r=\"2\" E=\"1\"/><point r=\"2.7\" E=\"0.2\"/>"
      "<point r=\"3.4\" E=\"0\"/></potential_pair></per_pair_data>\n</Glue_params>\n";
  return text;
}

inline std::vector<Case> cases()
{
  const std::string six =
      "<permutation i=\"1\">1 2 3</permutation><permutation i=\"2\">1 3 2</permutation>"
      "<permutation i=\"3\">2 1 3</permutation><permutation i=\"4\">2 3 1</permutation>"
      "<permutation i=\"5\">3 1 2</permutation><permutation i=\"6\">3 2 1</permutation>\n";
  const std::string permuted = delta + " n_permutations=\"6\"";
  return {
      {"distance_2b",
       {14, 8},
       10,
       2.2,
       model_text({coordinates("distance_2b cutoff=4.1 cutoff_transition_width=0.8 Z1=8 Z2=14", 1,
                               9, 1, delta, theta("0.6"), 1.5, 4, 1),
                   coordinates("distance_2b cutoff=3.3 Z1=14 Z2=14", 1, 8, 1, delta, theta("0.8"),
                               1.5, 4, 2)}),
       {4.1, 3.3, 2.8}},
      {"distance_2b_tail",
       {14, 8},
       10,
       2.2,
       model_text({coordinates("distance_2b cutoff=4.1 n_exponents=3 exponents={-1 -3 2} "
                               "tail_exponent=2 tail_range=0.7",
                               3, 9, 1, delta, theta("0.5 0.3 5"), 0.1, 3, 1)}),
       {4.1, 3.6}},
      {"angle_3b",
       {14, 8},
       10,
       2.2,
       model_text({coordinates("angle_3b cutoff=3.4 cutoff_transition_width=0.6 Z=14 Z1=8 Z2=14", 3,
                               13, 1, delta, theta("1.2 1.5 0.9"), 1, 5, 3)}),
       {3.4, 2.8}},
      {"angle_3b_compact",
       {14},
       9,
       2.3,
       model_text({coordinates("angle_3b cutoff=3.4 Z=14 Z1=14 Z2=14", 3, 13, 4, delta,
                               theta("4 4 4"), 1, 5, 4)}),
       {3.4, 2.9}},
      {"distance_nb_2",
       {14, 8},
       10,
       2.2,
       model_text({coordinates("distance_Nb order=2 cutoff=4 Z={8 14}", 1, 9, 1, delta,
                               theta("0.8"), 1.5, 4, 5)}),
       {4, 3.5}},
      {"distance_nb_3",
       {14},
       9,
       2.3,
       model_text({coordinates("distance_Nb order=3 cutoff=3.4 compact_clusters=T Z={{14 14 14}}",
                               3, 9, 1, permuted, theta("1 1 1") + six, 1.5, 4, 6)}),
       {3.4, 2.9}},
      {"distance_nb_3_compact",
       {14},
       9,
       2.3,
       model_text({coordinates("distance_Nb order=3 cutoff=3.4 compact_clusters=T Z={{14 14 14}}",
                               3, 9, 4, permuted, theta("3 3 3") + six, 1.5, 4, 7)}),
       {3.4, 2.9}},
      {"soap",
       {14, 8},
       10,
       2.2,
       model_text({soap("species_Z={8 14} Z=14 central_weight=0.8", 4, 3, 2, 8),
                   soap("species_Z={8 14} Z=8", 3, 5, 2, 9, 2.5)}),
       {3.6, 2.9}},
      {"soap_options",
       {14},
       9,
       2.3,
       model_text({soap("cutoff_dexp=3 cutoff_rate=1.5 cutoff_scale=2.2 covariance_sigma0=0.3", 5,
                        6, 1, 10, 1),
                   soap("normalise=F diagonal_radial=T cutoff_dexp=2 cutoff_rate=0 cutoff_scale=2",
                        3, 2, 1, 11, 2, 3 * 3 + 1)}),
       {3.6, 2.9}},
      {"soap_old_files",
       {14, 8},
       10,
       2.2,
       model_text({soap("species_Z={8 14}", 3, 3, 2, 12)}, "1423000000"),
       {3.6, 2.9}},
      {"soap_turbo",
       {14, 8},
       10,
       2.2,
       model_text({turbo("central_index=1 radial_enhancement=1", 28 * 5, 13),
                   turbo("central_index=2 radial_enhancement=2", 28 * 5, 14)}),
       {3.6}},
      {"soap_turbo_gauss",
       {14, 8},
       10,
       2.2,
       model_text({turbo("central_index=1 radial_enhancement=1 basis=poly3gauss", 28 * 5, 17),
                   turbo("central_index=2 basis=poly3gauss", 28 * 5, 18)}),
       {3.6, 3.52, 3.43, 2.1}},
      // of 28 pairs of channels those with channel 1 or 5: 7 + 7 - 1
      {"soap_turbo_trivial",
       {14, 8},
       10,
       2.2,
       model_text({turbo("central_index=1 compress_mode=trivial", 13 * 5, 15)}),
       {3.6}},
      {"glue",
       {14},
       9,
       2.3,
       model_text({coordinates("distance_2b cutoff=3.3 Z1=14 Z2=14", 1, 4, 1, delta, theta("0.8"),
                               1.5, 4, 16)},
                  "1423000000", glue()),
       {3.3, 2.8, 3.4, 2.7, 2, 1.2}},
      {"soap_23",
       {14, 8},
       10,
       2.2,
       model_text({soap_23("Z=14 cutoff2=4.2 cutoff3=3.5", 5, 4, 4, 21),
                   soap_23("Z=8 cutoff2=3.1 cutoff3=3.8 beta=0.6 angular_filter=0", 2, 3, 3, 22)}),
       {4.2, 3.5, 3.1, 3.8}},
  };
}

} // namespace gap_test

#endif
