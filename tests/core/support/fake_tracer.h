#pragma once

#include "agents/json_text.h"
#include "agents/tracer.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agents::testing {

// Keeps the spans it hears of, and shows them as a tree of lines: kind, data of both ends, and an error behind "!".
class FakeTracer final : public Tracer {
 public:
  std::uint32_t begin(std::string_view kind, std::uint32_t parent, std::string data) override {
    spans_.push_back({std::string(kind), parent, std::move(data), "", "", false});
    return static_cast<std::uint32_t>(spans_.size());
  }

  void end(std::uint32_t span, std::string data, std::string error) override {
    auto& found = spans_.at(span - 1);
    endedTwice |= found.hasEnded;
    found.hasEnded = true;
    found.endData = std::move(data);
    found.error = std::move(error);
  }

  // Spans that have not ended have a "…" behind them.
  std::string tree(std::uint32_t parent = 0, const std::string& indent = "") const {
    std::string lines;
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      const auto& span = spans_[i];
      if (span.parent != parent) continue;
      lines += indent + span.kind + (span.data == "{}" ? "" : " " + span.data);
      if (!span.endData.empty()) lines += " " + span.endData;
      if (!span.error.empty()) lines += " !" + span.error;
      lines += span.hasEnded ? "\n" : " …\n";
      lines += tree(static_cast<std::uint32_t>(i + 1), indent + "  ");
    }
    return lines;
  }

  // The tree without data: kinds, and the messages of errors behind "!".
  std::string shape(std::uint32_t parent = 0, const std::string& indent = "") const {
    std::string lines;
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      const auto& span = spans_[i];
      if (span.parent != parent) continue;
      lines += indent + span.kind;
      if (!span.error.empty()) lines += " !" + json::stringMember(span.error, "message").value_or("?");
      lines += span.hasEnded ? "\n" : " …\n";
      lines += shape(static_cast<std::uint32_t>(i + 1), indent + "  ");
    }
    return lines;
  }

  bool endedTwice = false;

 private:
  struct Heard {
    std::string kind;
    std::uint32_t parent;
    std::string data;
    std::string endData;
    std::string error;
    bool hasEnded;
  };

  std::vector<Heard> spans_;
};

}  // namespace agents::testing
