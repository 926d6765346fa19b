// A small model file with made-up numbers, for tests that need no published model.
#ifndef TEST_LES_MADE_UP_H
#define TEST_LES_MADE_UP_H

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace les_test {

inline uint32_t crc32_of(const std::string &s)
{
  uint32_t crc = 0xffffffffu;
  for (unsigned char c : s) {
    crc ^= c;
    for (int k = 0; k < 8; k++) crc = crc & 1 ? 0xedb88320u ^ (crc >> 1) : crc >> 1;
  }
  return crc ^ 0xffffffffu;
}

// content without checksum -> file
inline std::string sealed(const std::string &content)
{
  char tail[32];
  snprintf(tail, sizeof tail, "\ncrc32 %08x\n", (unsigned)crc32_of(content));
  return content + tail;
}

struct MadeUp {
  int layers = 0, memory = 0, ar = 0, chi_l = 0, chi_channels = 0, embedding = 2, basis = 5;
  bool remove_self = false, scale = true;
  double cutoff = 3.2, sigma = 1.0, dl = 1.9;
  double charges = 1.0; // factor of the weights that make them
  std::string extra;    // a header line more
  unsigned seed = 7;

  std::string header, values;

  std::string content()
  {
    header.clear();
    values.clear();
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    auto add = [&](const std::string &name, std::vector<int> shape, double size) {
      size_t n = 1;
      header += "block " + name + " f64";
      for (int s : shape) {
        header += " " + std::to_string(s);
        n *= s;
      }
      header += "\n";
      for (size_t i = 0; i < n; i++) {
        const double x = size * normal(random);
        char bytes[8];
        memcpy(bytes, &x, 8); // tests run on little-endian machines
        values.append(bytes, 8);
      }
    };
    const int c = embedding * embedding, radial = 4, features = basis * 6 * c;
    header = "POLAR-LES 1\nelements Na Cl\ne0 -1.5 -2.25\n";
    if (scale) header += "scale 0.4\n";
    char line[200];
    snprintf(line, sizeof line, "cutoff %.17g 5\nradial %d %d\namplitude 0.8\nembedding %d\n",
             cutoff, radial, basis, embedding);
    header += line;
    snprintf(line, sizeof line, "sigma %.17g\ndl %.17g\nnorm 1.5\nremove_self %d\nlayers %d\n",
             sigma, dl, (int)remove_self, layers);
    header += line;
    if (layers) {
      snprintf(line, sizeof line, "message_norm 0.4\nmemory %d\nar %d\nbchi %d %d\n", memory, ar,
               chi_l, chi_channels);
      header += line;
    }
    header += "energy 1 7 5\ncharge 0 6\n" + extra;
    add("embedding.sender", {2, embedding}, 1.0);
    add("embedding.receiver", {2, embedding}, 1.0);
    add("radial.frequency", {radial}, 1.5);
    for (int l = 0; l < 4; l++) add("radial.weight." + std::to_string(l), {radial, basis, c}, 0.35);
    for (int l = 0; l < 4 && memory; l++) add("memory." + std::to_string(l), {basis, c}, 0.5);
    for (int l = 0; l < 4 && ar; l++) {
      add("ar.prefactor." + std::to_string(l), {basis, c}, 0.5);
      add("ar.rate." + std::to_string(l), {basis, c}, 0.5);
    }
    if (chi_l) {
      add("bchi.weight", {chi_l * chi_channels, features}, 0.02);
      add("bchi.bias", {chi_l * chi_channels}, 0.3);
    }
    const int all = features * (layers + 1);
    add("energy.0.weight", {7, all}, 0.03);
    add("energy.0.bias", {7}, 0.3);
    add("energy.1.weight", {5, 7}, 0.4);
    add("energy.1.bias", {5}, 0.3);
    add("energy.2.weight", {1, 5}, 0.5);
    add("energy.2.bias", {1}, 0.3);
    add("energy.linear.weight", {1, all}, 0.01);
    add("energy.linear.bias", {1}, 0.3);
    add("charge.0.weight", {6, all}, 0.1);
    add("charge.1.weight", {1, 6}, 0.5 * charges);
    add("charge.linear.weight", {1, all}, 0.15 * charges);
    return header + "data\n" + values;
  }

  void write(const std::string &path)
  {
    const std::string all = sealed(content());
    FILE *fp = fopen(path.c_str(), "wb");
    fwrite(all.data(), 1, all.size(), fp);
    fclose(fp);
  }
};

} // namespace les_test

#endif
