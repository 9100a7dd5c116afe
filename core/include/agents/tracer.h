#pragma once

#include "agents/error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace agents {

// Hears what a run does while it does it, as a tree of spans. Context is explicit: every span names the one around it,
// so that runs side by side never mix. Must not throw.
class Tracer {
 public:
  virtual ~Tracer() = default;

  // Something of this kind begins inside `parent`, or in the run itself for 0. Gives the span's number, which is not 0.
  // `data` is a JSON object.
  virtual std::uint32_t begin(std::string_view kind, std::uint32_t parent, std::string data) = 0;

  // It has ended; each span does, once. `data` is a JSON object whose members join those of `begin`, or empty. `error`
  // is {"message","data"}, or empty.
  virtual void end(std::uint32_t span, std::string data, std::string error) = 0;
};

// How something is traced.
struct Tracing {
  std::shared_ptr<Tracer> tracer = nullptr;  // null: it is not
  // Whether spans hold what was said: what models and tools are given and answer, and the words of errors.
  bool includesSensitive = false;
};

// Of something that was given up before it came to an end.
inline constexpr std::string_view AbortedSpan = R"({"message":"aborted","data":null})";

// {"message","data":{"code"}}. Without sensitive data the message is the code: in words, an error may quote what was
// said.
std::string spanError(const AgentsError& error, const Tracing& tracing);

// A span for as long as it lasts. Without a tracer nothing happens: the callables that make the data are not called.
// It must not outlive its tracer.
class Span {
 public:
  Span() = default;

  template <typename Data>
  Span(Tracer* tracer, std::string_view kind, std::uint32_t parent, Data data) : tracer_(tracer) {
    if (tracer_) id_ = tracer_->begin(kind, parent, data());
  }

  Span(Span&& other) noexcept : tracer_(std::exchange(other.tracer_, nullptr)), id_(std::exchange(other.id_, 0)) {}
  Span& operator=(Span&& other) noexcept {
    std::swap(tracer_, other.tracer_);
    std::swap(id_, other.id_);
    return *this;
  }
  ~Span() {
    if (tracer_) tracer_->end(id_, {}, std::string(AbortedSpan));
  }

  // The first call of these ends it; later ones do nothing.
  void end() {
    end([] { return std::string(); });
  }
  template <typename Data>
  void end(Data data) {
    end(data, [] { return std::string(); });
  }
  template <typename Error>
  void fail(Error error) {
    end([] { return std::string(); }, error);
  }
  template <typename Data, typename Error>
  void end(Data data, Error error) {
    if (auto tracer = std::exchange(tracer_, nullptr)) tracer->end(id_, data(), error());
  }

  // What spans inside this one name as their parent; 0 without a tracer. Stays when the span has ended.
  std::uint32_t id() const { return id_; }

 private:
  Tracer* tracer_ = nullptr;
  std::uint32_t id_ = 0;
};

}  // namespace agents
