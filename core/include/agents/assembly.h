#pragma once

#include "agents/model.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace agents {

// Puts a stream's events together to one response. Events of unknown types, and any order of those before the last one,
// are fine.
class Assembly {
 public:
  // Takes an event that `json::compact` returned; `name` is the one that the stream gave it, or empty. Fails with
  // ApiError on an error event, with ModelBehavior on one that is damaged, and as parseResponse on a terminal one.
  void take(std::string_view name, std::string_view event);

  // There behind the terminal event.
  std::optional<ModelResponse>& response() { return response_; }

 private:
  void keep(std::string_view event);
  void finish(std::string_view response);

  std::map<std::size_t, std::string> items_;
  std::optional<ModelResponse> response_;
};

}  // namespace agents
