#pragma once

#include "agents/rope.h"
#include "agents/task.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace agents {

enum class BodyKind { Whole, Stream };

struct HttpRequest {
  std::string method;
  std::string path;  // below the base URL, which the client knows, as it knows the key
  Rope body;
  // Whether the answer's body is wanted as it arrives. An answer that is an error is read whole all the same.
  BodyKind answer = BodyKind::Whole;
  // How often the request was sent before; servers are told.
  int retryCount = 0;
};

// The bytes of an answer, in the pieces in which they arrive. Destroying it closes the connection.
class HttpBody {
 public:
  virtual ~HttpBody() = default;
  // The next piece, or nothing at the end. Fails with ApiConnection or ApiConnectionTimeout.
  virtual Task<std::optional<std::string>> read() = 0;
};

struct HttpResponse {
  int status = 0;
  // Names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  std::unique_ptr<HttpBody> body;

  std::string header(const std::string& name) const;  // empty when it is not there
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Any status is an answer. Fails with ApiConnection or ApiConnectionTimeout when there is none.
  virtual Task<HttpResponse> send(HttpRequest request) = 0;
};

// All that is left of the body.
Task<std::string> readAll(HttpBody* body);

// Time, as the place gives it.
class Timer {
 public:
  virtual ~Timer() = default;
  virtual Task<> sleep(double milliseconds) = 0;
};

}  // namespace agents
