#include "agents/http.h"

namespace agents {

std::string HttpResponse::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

Task<std::string> readAll(HttpBody* body) {
  std::string text;
  while (auto piece = co_await body->read()) text += *piece;
  co_return text;
}

}  // namespace agents
