#include "target.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

// Pieces that byte-wise mutation would hardly find.
const std::vector<std::string> Words{"{",
                                     "}",
                                     "[",
                                     "]",
                                     "\"",
                                     ":",
                                     ",",
                                     "\\",
                                     "\\u",
                                     "\\ud83d",
                                     "\\ude00",
                                     "\\u0000",
                                     "null",
                                     "true",
                                     "-0",
                                     "1e5",
                                     "1e999",
                                     "\r",
                                     "\n",
                                     "\r\n",
                                     "\n\n",
                                     "data:",
                                     "data: ",
                                     "event: ",
                                     ": ",
                                     "\xEF\xBB\xBF",
                                     "\xC3\xA9",
                                     "\xF0\x9F\x98\x80",
                                     "\xED\xA0\x80",
                                     "\"type\":",
                                     "\"output\":",
                                     "\"status\":\"failed\"",
                                     std::string(1, '\0')};

class Mutator {
 public:
  Mutator(unsigned seed, std::vector<std::string> seeds) : random_(seed), seeds_(std::move(seeds)) {}

  std::string next() {
    auto text = pick(seeds_);
    for (std::size_t i = below(6); i > 0; --i) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  const std::string& pick(const std::vector<std::string>& from) { return from[below(from.size())]; }

  void mutate(std::string& text) {
    auto at = below(text.size() + 1);
    auto length = below(std::min<std::size_t>(text.size() - at, 40) + 1);
    switch (below(7)) {
      case 0:
        text.insert(at, pick(Words));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(below(text.size() + 1), text.substr(at, length));
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        break;
      case 4:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 5:
        text.replace(at, length, pick(Words));
        break;
      default:
        splice(text, at, pick(seeds_));
    }
  }

  void splice(std::string& text, std::size_t at, const std::string& other) {
    text = text.substr(0, at) + other.substr(below(other.size() + 1));
  }

  std::mt19937 random_;
  std::vector<std::string> seeds_;
};

void print(const std::string& text) {
  for (unsigned char c : text) std::fprintf(stderr, c >= 0x20 && c < 0x7F && c != '\\' ? "%c" : "\\x%02x", c);
  std::fputc('\n', stderr);
}

void feed(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

bool isOver(std::chrono::steady_clock::time_point start) {
  const char* seconds = std::getenv("FUZZ_SECONDS");
  if (!seconds) return true;
  return std::chrono::steady_clock::now() - start >= std::chrono::seconds(std::atoi(seconds));
}

// fuzz_x [rounds [seed [print]]], and with FUZZ_SECONDS in the environment on until that time is over. With `print`,
// every input is shown before it is fed, to find one that crashes.
int main(int count, char** arguments) {
  int rounds = count > 1 ? std::atoi(arguments[1]) : 20'000;
  auto seed = static_cast<unsigned>(count > 2 ? std::atoi(arguments[2]) : 1);
  auto seeds = fuzzSeeds();
  Mutator mutator(seed, seeds);
  auto start = std::chrono::steady_clock::now();
  for (int round = 0; round < rounds || !isOver(start); ++round) {
    // The seeds themselves come first.
    auto text =
        static_cast<std::size_t>(round) < seeds.size() ? seeds[static_cast<std::size_t>(round)] : mutator.next();
    if (count > 3) print(text);
    try {
      feed(text);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "Round %d with seed %u: %s\n", round, seed, error.what());
      print(text);
      return 1;
    }
  }
}
