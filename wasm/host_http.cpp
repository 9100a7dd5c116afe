#include "head.h"
#include "host.h"
#include "host_parts.h"

#include <utility>

namespace agents::wasm {

namespace {

// A body that came with its answer.
class WholeBody final : public HttpBody {
 public:
  explicit WholeBody(std::string bytes) : bytes_(std::move(bytes)) {}

  Task<std::optional<std::string>> read() override {
    if (bytes_.empty()) co_return std::nullopt;
    co_return std::exchange(bytes_, {});
  }

 private:
  std::string bytes_;
};

// A body that the host reads as it arrives, under the ticket of the request.
class StreamedBody final : public HttpBody {
 public:
  explicit StreamedBody(std::uint32_t ticket) : ticket_(ticket) {}
  ~StreamedBody() override { abandon(ticket_); }

  Task<std::optional<std::string>> read() override {
    auto head = HeadWriter().count("body", ticket_).take();
    auto piece = co_await ask("read", std::move(head));
    if (piece.body.empty()) co_return std::nullopt;
    co_return std::move(piece.body);
  }

 private:
  std::uint32_t ticket_;
};

class HostHttpClient final : public HttpClient {
 public:
  explicit HostHttpClient(std::uint32_t run) : run_(run) {}

  Task<HttpResponse> send(HttpRequest request) override {
    auto reply = co_await ask("fetch", headOf(request), std::move(request.body));
    HeadReader head(reply.head);
    HttpResponse response;
    response.status = static_cast<int>(head.count("status"));
    for (const auto& [name, value] : agents::json::members(head.json("headers"))) {
      response.headers.emplace_back(textOf(name), textOf(value));
    }
    if (head.flag("streamed")) {
      response.body = std::make_unique<StreamedBody>(reply.ticket);
    } else {
      response.body = std::make_unique<WholeBody>(std::move(reply.body));
    }
    co_return response;
  }

 private:
  std::string headOf(const HttpRequest& request) const {
    return HeadWriter()
        .count("run", run_)
        .text("method", request.method)
        .text("path", request.path)
        .flag("stream", request.answer == BodyKind::Stream)
        .count("retryCount", request.retryCount)
        .take();
  }

  std::uint32_t run_;
};

class HostTimer final : public Timer {
 public:
  Task<> sleep(double milliseconds) override {
    auto head = HeadWriter().number("ms", milliseconds).take();
    co_await ask("sleep", std::move(head));
  }
};

}  // namespace

std::unique_ptr<HttpClient> makeHttpClient(std::uint32_t run) { return std::make_unique<HostHttpClient>(run); }

std::unique_ptr<Timer> makeTimer() { return std::make_unique<HostTimer>(); }

}  // namespace agents::wasm
