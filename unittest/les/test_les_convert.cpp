// The converter on archives that are not models it knows: every one refused with a reason, no code
// run.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace {

const std::string converter = POLAR_SOURCE_DIR "/potentials/convert/cace2les.py";

std::string stem()
{
  return testing::TempDir() + "polar_convert_" + std::to_string(getpid());
}

// exit status and all output of the converter
std::pair<int, std::string> convert(const std::string &options = "")
{
  const std::string log = stem() + ".log";
  const int status = std::system(("python3 '" + converter + "' '" + stem() + ".pth' '" + stem() +
                                  ".les' " + options + " > '" + log + "' 2>&1")
                                     .c_str());
  std::stringstream text;
  text << std::ifstream(log).rdbuf();
  remove(log.c_str());
  return {status, text.str()};
}

// a .pth made by lines of Python that fill the dictionary `members`
void archive(const std::string &lines)
{
  const std::string script = stem() + ".py";
  std::ofstream(script) << "import pickle, zipfile, os\nmembers = {}\n"
                        << lines << "\nwith zipfile.ZipFile('" << stem()
                        << ".pth', 'w') as z:\n"
                           "    for name, data in members.items(): z.writestr(name, data)\n";
  ASSERT_EQ(std::system(("python3 '" + script + "'").c_str()), 0);
  remove(script.c_str());
}

void refuses(const std::string &part)
{
  const auto [status, text] = convert();
  EXPECT_NE(status, 0);
  EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_EQ(text.find("Traceback"), std::string::npos) << text;
  EXPECT_NE(access((stem() + ".les").c_str(), F_OK), 0) << "a file was written";
  remove((stem() + ".pth").c_str());
}

TEST(Convert, NotAZip)
{
  std::ofstream(stem() + ".pth") << "not a zip archive";
  refuses("not a zip archive");
}

TEST(Convert, NoFile)
{
  refuses("No such file");
}

TEST(Convert, NoPickle)
{
  archive("members['model/version'] = '3'");
  refuses("not written by torch.save");
}

TEST(Convert, UnknownClassIsNotExecuted)
{
  const std::string trap = stem() + ".trap";
  archive("class Evil:\n"
          "    def __reduce__(self): return (os.system, ('touch " +
          trap +
          "',))\n"
          "members['model/data.pkl'] = pickle.dumps(Evil(), protocol=2)");
  refuses("which no supported model contains");
  EXPECT_NE(access(trap.c_str(), F_OK), 0) << "the pickle's code was executed";
}

TEST(Convert, DamagedPickle)
{
  archive("members['model/data.pkl'] = pickle.dumps({'a': 1}, protocol=2)[:-4]");
  refuses("damaged pickle");
}

TEST(Convert, NotAModel)
{
  archive("members['model/data.pkl'] = pickle.dumps({'a': [1, 2]}, protocol=2)");
  refuses("expected NeuralNetworkPotential");
}

TEST(Convert, MissingArray)
{
  archive("members['model/data.pkl'] = "
          "b'\\x80\\x02(X\\x07\\x00\\x00\\x00storagectorch\\nFloatStorage\\n'"
          "b'X\\x01\\x00\\x00\\x000X\\x03\\x00\\x00\\x00cpuK\\x04tQ.'");
  refuses("cannot read model/data/0");
}

TEST(Convert, WrongOptions)
{
  for (const char *options : {"--e0 H", "--e0 Q=1", "--e0 H=nan", "--scale 0", "--scale x"}) {
    const auto [status, text] = convert(options);
    EXPECT_NE(status, 0);
    EXPECT_NE(text.find("error: argument"), std::string::npos) << options << text;
  }
}

// published models with parts replaced
TEST(Convert, PublishedModelsWithMissingOrStrangeParts)
{
  const char *reference = getenv("POLAR_REFERENCE");
  const std::string model =
      std::string(reference ? reference : "") + "/les/water_v2_best_model.pth";
  if (!reference || access(model.c_str(), R_OK)) GTEST_SKIP() << "skipped: no reference data";
  const std::string copy = "with zipfile.ZipFile('" + model +
                           "') as z:\n"
                           "    for name in z.namelist(): members[name] = z.read(name)\n";
  struct Case {
    const char *change, *text;
  };
  const Case cases[] = {
      {"del members['best_model/data/14']", "cannot read best_model/data/14"},
      {"members['best_model/data/14'] = members['best_model/data/14'][:-4]", "bytes, expected"},
      {"members['best_model/data/14'] = b'\\0\\0\\xc0\\x7f' * (len(members['best_model/data/14']) "
       "// 4)",
       "not finite"},
      {"members['best_model/byteorder'] = b'big'", "little-endian"},
      {"p = 'best_model/data.pkl'; members[p] = members[p].replace(b'PolynomialCutoff', "
       "b'PolynomialCutofg')",
       "PolynomialCutofg"},
      {"p = 'best_model/data.pkl'; members[p] = members[p].replace(b'max_nu', b'max_nv')",
       "max_nu None"},
      {"p = 'best_model/data.pkl'; members[p] = members[p].replace(b'exponent', b'exponenu')",
       "exponent"},
      {"p = 'best_model/data.pkl'; members[p] = members[p].replace(b'remove_self_interaction', "
       "b'remove_self_interactiom')",
       "remove_self_interaction"}};
  for (const Case &c : cases) {
    SCOPED_TRACE(c.change);
    archive(copy + c.change);
    refuses(c.text);
  }
}

} // namespace
