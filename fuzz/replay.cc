// Runs a fuzz target over the files of its corpus, and over every truncation and a few hundred
// seeded mutations of each, without a fuzzer: an ordinary test. Usage: NAME_corpus FOLDER
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMutations = 300;
constexpr std::size_t kMaxTruncations = 1000;

void run(const std::vector<std::uint8_t>& input) { LLVMFuzzerTestOneInput(input.data(), input.size()); }

void replay(const std::vector<std::uint8_t>& seed, std::mt19937& random) {
  run(seed);
  for (std::size_t cut = 0; cut < seed.size() && cut < kMaxTruncations; cut++) {
    run({seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(cut)});
  }
  if (seed.empty()) return;
  for (std::size_t i = 0; i < kMutations; i++) {
    std::vector<std::uint8_t> mutated = seed;
    for (unsigned changes = random() % 4 + 1; changes != 0; changes--) {
      mutated[random() % mutated.size()] = static_cast<std::uint8_t>(random());
    }
    run(mutated);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::mt19937 random(1);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[1])) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    replay({std::istreambuf_iterator<char>(file), {}}, random);
    files++;
  }
  std::printf("%zu files replayed\n", files);
  return files != 0 ? 0 : 1;
}
