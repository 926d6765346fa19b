// Small valid models as text, and edits of them, for the tests of the eap readers.
#ifndef READ_CASES_H
#define READ_CASES_H

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

inline std::string file_content(const std::string &path)
{
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Two atoms without any symmetry: every tensor differs from its transpose where the format allows.
inline const std::string small_system =
    file_content(POLAR_SOURCE_DIR "/unittest/eap/small_system.xml");
inline const std::string small_coefficients =
    file_content(POLAR_SOURCE_DIR "/unittest/eap/small_coefficients.xml");

// `text` with the first `from` replaced; a `from` that is not there is an error of the test
inline std::string edited(const std::string &text, const std::string &from, const std::string &to)
{
  const size_t at = text.find(from);
  if (at == std::string::npos) {
    ADD_FAILURE() << "the model does not hold '" << from << "'";
    return text;
  }
  return text.substr(0, at) + to + text.substr(at + from.size());
}

inline std::string edited_all(std::string text, const std::string &from, const std::string &to)
{
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text = text.substr(0, at) + to + text.substr(at + from.size());
  return text;
}

// 1-based line of the first `marker` in `text`
inline int line_of(const std::string &text, const std::string &marker)
{
  const size_t at = text.find(marker);
  if (at == std::string::npos) {
    ADD_FAILURE() << "no '" << marker << "' to take the line of";
    return 0;
  }
  return 1 + (int)std::count(text.begin(), text.begin() + at, '\n');
}

// A file that is removed again
class TemporaryFile {
public:
  explicit TemporaryFile(const std::string &content)
      : path(::testing::TempDir() + "polar_eap_" + std::to_string(getpid()) + ".xml")
  {
    std::ofstream(path, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  const std::string path;
};

#endif
