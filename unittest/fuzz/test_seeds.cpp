// The seeds of the fuzz targets: a reader accepts them. One that it refuses in its first lines, as
// when the format has changed, leads a fuzzer nowhere.
#include "eap/eap_read.h"
#include "gap/gap_dipole_read.h"
#include "gap/gap_read.h"
#include "io/extxyz.h"
#include "les/les_model.h"
#include "pqeq/pqeq_read.h"
#include "response/born_file.h"

#include "../les/les_made_up.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>

namespace {

using Reader = std::function<polar_code(const std::string &text, polar_status *st)>;

// all seeds of a target, but those that are there to be refused
void expect_accepted(const std::string &target, const Reader &read,
                     const std::set<std::string> &refused = {})
{
  int count = 0;
  for (const auto &entry :
       std::filesystem::directory_iterator(POLAR_SOURCE_DIR "/unittest/fuzz/corpus/" + target)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    polar_status st = {};
    const bool good = read(text, &st) == POLAR_OK;
    EXPECT_NE(good, refused.count(entry.path().filename().string()) == 1)
        << entry.path() << ": " << st.text;
    count++;
  }
  EXPECT_GT(count, (int)refused.size());
}

TEST(Seeds, EapSystem)
{
  expect_accepted("eap_system", [](const std::string &text, polar_status *st) {
    eap_system *sys = nullptr;
    const polar_code code = eap_parse_system("seed", text.data(), text.size(), &sys, st);
    eap_system_free(sys);
    return code;
  });
}

TEST(Seeds, EapCoefficients)
{
  expect_accepted("eap_coefficients", [](const std::string &text, polar_status *st) {
    eap_system sys = {};
    sys.n = 5;
    eap_coefficients *coeffs = nullptr;
    const polar_code code =
        eap_parse_coefficients("seed", text.data(), text.size(), &sys, &coeffs, st);
    eap_coefficients_free(coeffs);
    return code;
  });
}

TEST(Seeds, Gap)
{
  expect_accepted("gap", [](const std::string &text, polar_status *st) {
    const std::string mark = "\n%%%\n";
    const size_t end = text.find(mark);
    const std::string points = end == std::string::npos ? "" : text.substr(end + mark.size());
    const gap_file file = {"x.dat", points.data(), points.size()};
    xml_tree *tree = nullptr;
    gap_model *model = nullptr;
    polar_code code = xml_parse("seed", text.data(), std::min(end, text.size()), &tree, st);
    if (!code) code = gap_parse(tree, 1, &file, &model, st);
    xml_free(tree);
    gap_free(model);
    return code;
  });
}

TEST(Seeds, GapDipole)
{
  expect_accepted("gap_dipole", [](const std::string &text, polar_status *st) {
    gap_dipole *d = nullptr;
    const polar_code code = gap_dipole_parse("seed", text.data(), text.size(), &d, st);
    gap_dipole_free(d);
    return code;
  });
}

TEST(Seeds, Extxyz)
{
  expect_accepted("extxyz", [](const std::string &text, polar_status *st) {
    const extxyz_names names = {"energy", "forces", "virial", "stress", "dipole", "born"};
    extxyz_frame *frame = nullptr;
    int n = 0;
    const polar_code code = extxyz_parse("seed", text.data(), text.size(), &names, &n, &frame, st);
    extxyz_free(n, frame);
    return code;
  });
}

// the target appends the checksum
TEST(Seeds, Les)
{
  expect_accepted("les", [](const std::string &text, polar_status *st) {
    const std::string file = les_test::sealed(text);
    les_model *m = nullptr;
    const polar_code code = les_parse("seed", file.data(), file.size(), &m, st);
    les_model_free(m);
    return code;
  });
}

TEST(Seeds, Pqeq)
{
  expect_accepted("pqeq", [](const std::string &text, polar_status *st) {
    pqeq_parameters *p = nullptr;
    const polar_code code = pqeq_parse("seed", text.data(), text.size(), &p, st);
    pqeq_parameters_free(p);
    return code;
  });
}

TEST(Seeds, Born)
{
  const auto read = [](const std::string &text, polar_status *st) {
    const std::string path = ::testing::TempDir() + "polar_seed.born";
    std::ofstream(path) << text;
    born_file *bf = nullptr;
    const polar_code code = born_file_read(path.c_str(), 3, &bf, st);
    born_file_free(bf);
    std::filesystem::remove(path);
    return code;
  };
  expect_accepted("born", read, {"nan.txt", "range.txt", "twice.txt"});
}

} // namespace
