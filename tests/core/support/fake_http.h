#pragma once

#include "agents/error.h"
#include "agents/http.h"
#include "fake_host.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace agents::testing {

// One answer of a fake server; a status of 0 is a connection that fails.
struct Answer {
  int status = 200;
  std::vector<std::string> pieces;
  std::vector<std::pair<std::string, std::string>> headers = {{"content-type", "application/json"}};
  bool breaksOff = false;  // behind the pieces, instead of an end
};

inline Answer stream(std::vector<std::string> pieces) {
  return {200, std::move(pieces), {{"content-type", "text/event-stream; charset=utf-8"}}};
}

inline Answer lost() { return {0, {}, {}}; }

// A server that gives its answers in order and keeps the requests. Everything comes later, from the host's queue.
class FakeHttp final : public HttpClient {
 public:
  FakeHttp(FakeHost* host, std::deque<Answer> answers) : host_(host), answers_(std::move(answers)) {}

  Task<HttpResponse> send(HttpRequest request) override {
    requests.push_back(std::move(request));
    auto answer = std::move(answers_.at(0));
    answers_.pop_front();
    co_await host_->later();
    if (answer.status == 0) throw AgentsError(ErrorCode::ApiConnection, "The connection failed.");
    HttpResponse response;
    response.status = answer.status;
    response.headers = answer.headers;
    response.body = std::make_unique<Body>(this, std::move(answer));
    co_return response;
  }

  std::vector<HttpRequest> requests;
  int openBodies = 0;

 private:
  class Body final : public HttpBody {
   public:
    Body(FakeHttp* server, Answer answer) : server_(server), answer_(std::move(answer)) { ++server_->openBodies; }
    ~Body() override { --server_->openBodies; }

    Task<std::optional<std::string>> read() override {
      co_await server_->host_->later();
      if (next_ < answer_.pieces.size()) co_return answer_.pieces[next_++];
      if (answer_.breaksOff) throw AgentsError(ErrorCode::ApiConnection, "The connection broke off.");
      co_return std::nullopt;
    }

   private:
    FakeHttp* server_;
    Answer answer_;
    std::size_t next_ = 0;
  };

  FakeHost* host_;
  std::deque<Answer> answers_;
};

class FakeTimer final : public Timer {
 public:
  explicit FakeTimer(FakeHost* host) : host_(host) {}

  Task<> sleep(double milliseconds) override {
    sleeps.push_back(milliseconds);
    for (int i = 0; i < turns; ++i) co_await host_->later();
  }

  std::vector<double> sleeps;
  // How often the host's queue comes round in one sleep.
  int turns = 1;

 private:
  FakeHost* host_;
};

}  // namespace agents::testing
