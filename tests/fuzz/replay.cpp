// Runs a fuzz target on a corpus and on mutations of it, the same ones each
// time: replay CORPUS [ROUNDS [SEED]], or replay FILE for what a fuzzer found.

#include "fuzz.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;

namespace {

constexpr std::string_view tokens[] = {
  "]]>]]>",     "]]>",     "\n##\n",   "\n#",   "\n#1\n",       "4294967295",
  "<![CDATA[",  "<!--",    "-->",      "<?",    "?>",           "<!DOCTYPE ",
  "</",         "/>",      "<a>",      "</a>",  "<a/>",         "&amp;",
  "&#x10FFFF;", "&#0;",    "&",        ";",     " xmlns=\"",    " xmlns:a='",
  "\"",         "'",       ":",        "<ok/>", "<rpc-error>",  "</rpc-error>",
  "<data>",     "</data>", "\xc3\xa4", "\xff",  "\0",           "\nHost ",
  "\nMatch ",   "!",       "*",        "%h",    "${",           "\\",
  "#",          "=",       "\nPort ",  " none", "\nProxyJump ",
};

std::string read_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()),
                         input.size());
}

class mutator {
public:
  mutator(std::vector<std::string> corpus, unsigned seed)
    : corpus_(std::move(corpus)),
      dice_(seed) {
    // nop
  }

  std::string make() {
    auto result = any();
    for (auto n = 1 + below(6); n > 0; --n)
      mutate(result);
    return result;
  }

private:
  size_t below(size_t end) {
    return end == 0 ? 0 : dice_() % end;
  }

  const std::string& any() {
    return corpus_[below(corpus_.size())];
  }

  void mutate(std::string& x) {
    auto pos = below(x.size() + 1);
    auto length = below(std::min<size_t>(x.size() - pos, 40) + 1);
    switch (below(7)) {
      case 0:
        if (pos < x.size())
          x[pos] = static_cast<char>(below(256));
        break;
      case 1:
        if (pos < x.size())
          x[pos] = static_cast<char>(x[pos] ^ (1U << below(8)));
        break;
      case 2:
        x.erase(pos, length);
        break;
      case 3:
        x.insert(pos, x.substr(pos, length));
        break;
      case 4:
        x.insert(pos, tokens[below(std::size(tokens))]);
        break;
      case 5: {
        const auto& other = any();
        auto from = below(other.size() + 1);
        x.insert(pos, other.substr(from, below(200)));
        break;
      }
      default:
        x.resize(pos);
        break;
    }
  }

  std::vector<std::string> corpus_;
  std::mt19937 dice_;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: " << argv[0] << " CORPUS [ROUNDS [SEED]]\n";
    return 2;
  }
  fs::path corpus{argv[1]};
  if (fs::is_regular_file(corpus)) {
    run(read_file(corpus));
    return 0;
  }
  std::vector<fs::path> files;
  for (const auto& x : fs::directory_iterator{corpus})
    files.push_back(x.path());
  // The same on each machine.
  std::sort(files.begin(), files.end());
  std::vector<std::string> inputs;
  for (const auto& x : files)
    inputs.push_back(read_file(x));
  if (inputs.empty()) {
    std::cerr << "no files in " << corpus << '\n';
    return 2;
  }
  for (const auto& x : inputs)
    run(x);
  auto rounds = argc > 2 ? std::stoul(argv[2]) : 20000;
  auto seed = argc > 3 ? std::stoul(argv[3]) : 1;
  mutator make{std::move(inputs), static_cast<unsigned>(seed)};
  for (size_t i = 0; i < rounds; ++i) {
    auto input = make.make();
    // What a crash leaves to look at.
    if (std::getenv("REPLAY_KEEP") != nullptr)
      std::ofstream{std::getenv("REPLAY_KEEP"), std::ios::binary} << input;
    run(input);
  }
  std::cout << files.size() << " files and " << rounds << " mutations\n";
  return 0;
}
