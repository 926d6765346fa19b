// The reader of GAP model files: what it refuses, with status, line and words; version gates; old
// forms of the format.
#include "gap_models.h"

#include <algorithm>

using namespace gap_test;

namespace {

const std::string pair_text =
    "<L>\n"
    "<Potential label=\"L\" init_args=\"IP GAP label=L\"/>\n"
    "<GAP_params label=\"L\" gap_version=\"1700000000\">\n"
    "<GAP_data do_core=\"F\"><e0 Z=\"14\" value=\"-1.5\"/></GAP_data>\n"
    "<gpSparse label=\"L\" n_coordinate=\"1\" fitted=\"T\">\n"
    "<gpCoordinates label=\"L1\" dimensions=\"1\" signal_variance=\".5\" "
    "signal_mean=\"0\" n_permutations=\"1\" covariance_type=\"1\" "
    "n_sparseX=\"2\" sparseX_filename=\"x.dat\">\n"
    "<theta> .10E+001 </theta>\n"
    "<descriptor>distance_2b cutoff=4.0 Z1=14 Z2=14 delta=0.5</descriptor>\n"
    "<permutation i=\"1\">1</permutation>\n"
    "<sparseX i=\"1\" alpha=\"1.5\" sparseCutoff=\"1.0\"/>\n"
    "<sparseX i=\"2\" alpha=\"-.5\" sparseCutoff=\"1.0\"/>\n"
    "</gpCoordinates>\n</gpSparse>\n</GAP_params>\n</L>\n";
const std::string points_text = "2.00000000000000000000e+00\n3.00000000000000000000e+00\n";

std::string edited(const std::string &text, const std::string &from, const std::string &to)
{
  const size_t at = text.find(from);
  if (at == std::string::npos) {
    ADD_FAILURE() << "no '" << from << "' in the model";
    return text;
  }
  return text.substr(0, at) + to + text.substr(at + from.size());
}

struct Outcome {
  polar_code code;
  polar_status st;
};

Outcome attempt(const std::string &text, const std::string &points = points_text)
{
  gap_model *m = nullptr;
  Outcome out = {POLAR_OK, {}};
  const std::vector<gap_file> files = {{"x.dat", points.data(), points.size()}};
  out.code = parse(text, files, &m, &out.st);
  EXPECT_EQ(out.code == POLAR_OK, m != nullptr);
  EXPECT_EQ(out.code, out.st.code);
  gap_free(m);
  return out;
}

void expect_refusal(const std::string &from, const std::string &to, polar_code code, int line,
                    const std::string &part)
{
  SCOPED_TRACE(to);
  const Outcome out = attempt(edited(pair_text, from, to));
  EXPECT_EQ(out.code, code) << out.st.text;
  EXPECT_EQ(out.st.line, line) << out.st.text;
  EXPECT_NE(std::string(out.st.text).find(part), std::string::npos) << out.st.text;
}

void expect_descriptor_refusal(const std::string &descriptor, const std::string &part)
{
  expect_refusal("distance_2b cutoff=4.0 Z1=14 Z2=14 delta=0.5", descriptor, POLAR_MODEL, 8, part);
}

} // namespace

TEST(Read, TheModelItself)
{
  const Outcome out = attempt(pair_text);
  EXPECT_EQ(out.code, POLAR_OK) << out.st.text;
}

TEST(Read, RefusesWithLine)
{
  expect_refusal("</L>", "</M>", POLAR_SYNTAX, 15, "");
  expect_refusal("GAP_params label", "GAP_parameters label", POLAR_SYNTAX, 14, "");
  expect_refusal("IP GAP label=L", "IP GAP_X label=L", POLAR_MODEL, 2, "'GAP_X'");
  expect_refusal("IP GAP label=L", "Sum init_args_pot1={IP LJ} init_args_pot2={IP GAP label=L}",
                 POLAR_MODEL, 2, "'LJ'");
  expect_refusal("IP GAP label=L", "Sum init_args_pot1={IP Glue} init_args_pot2={IP GAP label=L}",
                 POLAR_MODEL, 1, "Glue_params");
  expect_refusal("IP GAP label=L", "IP GAP label=L do_rescale_r=T", POLAR_MODEL, 2, "rescale");
  expect_refusal(" init_args=\"IP GAP label=L\"", "", POLAR_MODEL, 2, "init_args");
  expect_refusal("<GAP_params label=\"L\"", "<GAP_params", POLAR_MODEL, 3, "label");
  expect_refusal("1700000000", "new", POLAR_MODEL, 3, "gap_version");
  expect_refusal("Z=\"14\" value", "Z=\"140\" value", POLAR_MODEL, 4, "140");
  expect_refusal("value=\"-1.5\"", "value=\"nan\"", POLAR_MODEL, 4, "nan");
  expect_refusal("fitted=\"T\"", "fitted=\"F\"", POLAR_MODEL, 5, "fitted");
  expect_refusal("n_coordinate=\"1\"", "n_coordinate=\"2\"", POLAR_MODEL, 5,
                 "expected n_coordinate = 2");
  expect_refusal("n_coordinate=\"1\"", "n_coordinate=\"-1\"", POLAR_MODEL, 5, "n_coordinate");
  expect_refusal("covariance_type=\"1\"", "covariance_type=\"3\"", POLAR_MODEL, 6,
                 "\"3\" is not supported");
  expect_refusal("covariance_type=\"1\"", "covariance_type=\"2\"", POLAR_MODEL, 6,
                 "\"2\" of a distance_2b");
  expect_refusal("dimensions=\"1\"", "dimensions=\"2\"", POLAR_MODEL, 3,
                 "found 2 numbers, expected 4");
  expect_refusal("n_sparseX=\"2\"", "n_sparseX=\"3\"", POLAR_MODEL, 6,
                 "found 2 elements <sparseX>");
  expect_refusal("n_sparseX=\"2\"", "n_sparseX=\"999999999\"", POLAR_MODEL, 6, "999999999");
  expect_refusal("dimensions=\"1\"", "dimensions=\"9999999\"", POLAR_MODEL, 1, "too few");
  expect_refusal("signal_variance=\".5\"", "", POLAR_MODEL, 6, "signal_variance");
  expect_refusal("n_permutations=\"1\"", "n_permutations=\"2\"", POLAR_MODEL, 6,
                 "found 1 elements <permutation>");
  expect_refusal("<permutation i=\"1\">1<", "<permutation i=\"1\">2<", POLAR_MODEL, 9,
                 "permutation");
  expect_refusal(".10E+001", "0", POLAR_MODEL, 7, "<theta>");
  expect_refusal(".10E+001", "1 1", POLAR_MODEL, 7, "found 2 numbers");
  expect_refusal("<theta> .10E+001 </theta>", "", POLAR_MODEL, 6, "theta");
  expect_refusal("i=\"2\" alpha", "i=\"3\" alpha", POLAR_MODEL, 11, "3");
  expect_refusal("alpha=\"-.5\" ", "", POLAR_MODEL, 11, "alpha");
  expect_refusal("x.dat", "y.dat", POLAR_MODEL, 6, "y.dat");
  expect_refusal(" sparseX_filename=\"x.dat\"", "", POLAR_MODEL, 10, "no 1 numbers");
}

TEST(Read, RefusesDescriptorsAndKeys)
{
  expect_descriptor_refusal("", "type");
  expect_descriptor_refusal("cutoff=4", "type");
  expect_descriptor_refusal("general_dimer cutoff=4", "general_dimer is not supported");
  expect_descriptor_refusal("distance_2b Z1=14 Z2=14", "no 'cutoff'");
  expect_descriptor_refusal("distance_2b cutoff=-4", "'-4' as cutoff");
  expect_descriptor_refusal("distance_2b cutoff=x", "'x' as cutoff");
  expect_descriptor_refusal("distance_2b cutoff={4 5}", "found 2 numbers in 'cutoff'");
  expect_descriptor_refusal("distance_2b cutoff={4", "brace");
  expect_descriptor_refusal("distance_2b cutoff=4 Z1=300", "'300' as Z1");
  expect_descriptor_refusal("distance_2b cutoff=4 only_intra=T", "only_intra=T");
  expect_descriptor_refusal("distance_2b cutoff=4 resid_name=mol", "resid_name=mol");
  expect_descriptor_refusal("distance_Nb order=4 cutoff=4", "order 4");
  expect_descriptor_refusal("distance_Nb order=2 cutoff=4 compact_clusters=F",
                            "compact_clusters=F");
  expect_descriptor_refusal("distance_Nb order=3 cutoff=4 Z={8 8 22}", "numbering of the atoms");
  expect_descriptor_refusal("soap cutoff=4 l_max=3 atom_sigma=0.5", "no 'n_max'");
  expect_descriptor_refusal("soap cutoff=4 l_max=300 n_max=4 atom_sigma=0.5", "'300' as l_max");
  for (const char *key : {"average=T", "nu_R=1", "R_mix=T", "Z_mix=T", "Z_map=1", "K=5",
                          "radial_basis=POLY", "sym_mix=T", "coupling=F"})
    expect_descriptor_refusal(std::string("soap cutoff=4 l_max=3 n_max=3 atom_sigma=0.5 ") + key,
                              key);
  for (const char *key : {"basis=poly3operator", "compress_mode=linear", "compress_file=c.dat"})
    expect_descriptor_refusal(
        std::string("soap_turbo l_max=3 rcut_hard=4 rcut_soft=3.5 alpha_max=4 atom_sigma_r=0.5 "
                    "atom_sigma_t=0.5 species_Z=14 ") +
            key,
        key);
}

TEST(Read, SparsePointFiles)
{
  Outcome out = attempt(pair_text, "2.0\n");
  EXPECT_EQ(out.code, POLAR_MODEL);
  EXPECT_NE(std::string(out.st.text).find("found 1 numbers, expected 2"), std::string::npos)
      << out.st.text;
  out = attempt(pair_text, "2.0\n3.0\n4.0\n");
  EXPECT_NE(std::string(out.st.text).find("found 3 numbers, expected 2"), std::string::npos)
      << out.st.text;
  out = attempt(pair_text, "2.0\n\nthree\n");
  EXPECT_EQ(out.code, POLAR_MODEL);
  EXPECT_EQ(out.st.line, 3);
  EXPECT_NE(std::string(out.st.text).find("x.dat"), std::string::npos) << out.st.text;
  out = attempt(pair_text, std::string("2.0\n\0.0\n", 8));
  EXPECT_EQ(out.code, POLAR_MODEL);
  EXPECT_EQ(attempt(pair_text, "").code, POLAR_MODEL);

  // recorded in upper or lower case; MD5 of points_text by another program (md5sum)
  const std::string file = "sparseX_filename=\"x.dat\"", sum = "dba733b445ecc19279f765255fc26dda";
  EXPECT_EQ(attempt(edited(pair_text, file, file + " sparseX_md5sum=\"" + sum + "\"")).code,
            POLAR_OK);
  out = attempt(
      edited(pair_text, file, file + " sparseX_md5sum=\"0123456789abcdef0123456789abcdef\""));
  EXPECT_EQ(out.code, POLAR_MODEL);
  EXPECT_EQ(out.st.line, 6);
  EXPECT_NE(std::string(out.st.text).find("MD5"), std::string::npos) << out.st.text;

  // names must not lead out of the model's folder
  xml_tree *tree = nullptr;
  polar_status st = {};
  const std::string outside = edited(pair_text, "x.dat", "../x.dat");
  ASSERT_EQ(xml_parse("m", outside.data(), outside.size(), &tree, &st), POLAR_OK);
  EXPECT_EQ(gap_list_files(tree, nullptr, nullptr, &st), POLAR_MODEL);
  EXPECT_EQ(st.line, 6);
  xml_free(tree);
}

// What the file names and what init_args names are two things
TEST(Read, CorePotential)
{
  const std::string soap_term = soap("species_Z={8 14}", 2, 1, 2, 1);
  Model with = made_up(model_text({soap_term}, "0", glue()));
  EXPECT_NE(with->glue, nullptr);
  EXPECT_STREQ(with->warning, "");
  const std::string text =
      edited(model_text({soap_term}, "0", glue()),
             "Sum init_args_pot1={IP Glue} init_args_pot2={IP GAP label=L}", "IP GAP label=L");
  Model without = made_up(text);
  EXPECT_EQ(without->glue, nullptr);
  EXPECT_NE(std::string(without->warning).find("leaves it out"), std::string::npos);

  for (const auto &edit : std::vector<std::array<std::string, 3>>{
           {"num_points=\"4\"", "num_points=\"5\"", "expected num_points = 5"},
           {"r=\"2\"", "r=\"1\"", "ascending"},
           {"type2=\"1\"", "type2=\"2\"", "type2"},
           {"n_types=\"1\"", "n_types=\"2\"", "type 2 of 2"},
           {"<density ", "<density do_spline=\"T\" ", "do_spline"},
           {"y1=\"-3\"", "density_y1=\"-3\"", "density_y1"},
           {"<per_pair_data type1=\"1\"", "<per_pair_data", "type1"}}) {
    gap_model *m = nullptr;
    polar_status st = {};
    EXPECT_EQ(parse(edited(model_text({soap_term}, "0", glue()), edit[0], edit[1]), {}, &m, &st),
              POLAR_MODEL)
        << edit[1];
    EXPECT_GT(st.line, 0);
    EXPECT_NE(std::string(st.text).find(edit[2]), std::string::npos) << st.text;
    gap_free(m);
  }
}

// zeta stood in <theta> once; the dates of three changes of meaning
TEST(Read, OldFiles)
{
  const std::string now = soap("species_Z={8 14}", 2, 2, 2, 1);
  const std::string then =
      edited(edited(now, " zeta=\"4\"", ""), "<descriptor>", "<theta> .4E+01 </theta><descriptor>");
  const Config c = distorted({14, 8}, 8, 2.2, 1);
  auto energy = [&](const std::string &term, const std::string &version) {
    const Model m = made_up(model_text({term}, version));
    return evaluate(m.get(), c).energy;
  };
  EXPECT_EQ(energy(now, "1700000000"), energy(then, "1700000000"));
  // factor 1/sqrt(2l+1) from 1423143769 on
  EXPECT_NE(energy(now, "1423143768"), energy(now, "1423143769"));
  // the central atom in all species' channels before 1426512068
  EXPECT_NE(energy(now, "1426512067"), energy(now, "1426512068"));
  EXPECT_EQ(energy(now, "1426512067"),
            energy(edited(now, "n_max", "central_reference_all_species=T n_max"), "1426512068"));
  EXPECT_EQ(energy(now, "1426512068"), energy(now, "1700000000"));
  // distance_Nb: not compact by default before 1596837814
  const std::string nb =
      coordinates("distance_Nb order=2 cutoff=4 Z={8 14}", 1, 3, 1, delta, theta("1"), 1, 4, 5);
  gap_model *m = nullptr;
  polar_status st = {};
  EXPECT_EQ(parse(model_text({nb}, "1596837813"), {}, &m, &st), POLAR_MODEL);
  EXPECT_EQ(parse(model_text({nb}, "1596837814"), {}, &m, &st), POLAR_OK);
  gap_free(m);
}

// Every prefix of a model, and models with a byte changed: an error or a model, never a crash
TEST(Read, DamagedFiles)
{
  const std::string whole = model_text({soap("species_Z={8 14}", 2, 1, 2, 1)}, "0", glue());
  for (size_t n = 0; n < whole.size(); n += 7) {
    const Outcome out = attempt(whole.substr(0, n));
    EXPECT_NE(out.code, POLAR_OK);
  }
  std::mt19937 random(1);
  int accepted = 0;
  for (int k = 0; k < 3000; k++) {
    std::string text = k % 2 ? whole : pair_text;
    text[random() % text.size()] = "09-.e<>\"={} xZ"[random() % 14];
    accepted += attempt(text).code == POLAR_OK;
  }
  EXPECT_GT(accepted, 0); // digits of coefficients
}

TEST(Read, MissingFile)
{
  gap_model *m = nullptr;
  polar_status st = {};
  EXPECT_EQ(gap_read("/no/such/model.xml", &m, &st), POLAR_FILE);
}
