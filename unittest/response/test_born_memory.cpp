// Every allocation of the reader fails once: POLAR_MEMORY, and nothing stays allocated.
#include "../allocation_failures.h"

#include <cstdio>

#include "response/born_file.h"

TEST(BornMemory, Reader)
{
  NEEDS_FAILING_ALLOCATIONS;
  const std::string path = ::testing::TempDir() + "polar_born_memory.txt";
  FILE *file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs("type 1 2.7\ntype 2 1 0 0 0 1 0 0 0 1\natom 9 1\natom 1 2\n", file);
  std::fclose(file);
  long opening = 0; // fopen's own allocations
  const long failures = fail_one_by_one(
      [&](polar_status *st) {
        born_file *bf = nullptr;
        polar_code code = born_file_read(path.c_str(), 2, &bf, st);
        EXPECT_EQ(bf != nullptr, code == POLAR_OK);
        born_file_free(bf);
        if (code == POLAR_FILE && std::strstr(st->text, "Cannot allocate memory")) {
          opening++;
          code = POLAR_OK;
        }
        return code;
      },
      true);
  std::remove(path.c_str());
  EXPECT_GE(failures, 4) << "the allocations are not intercepted";
  EXPECT_LE(opening, 2);
}
