#pragma once

#include "agents/rope.h"
#include "agents/task.h"

#include <cstdint>
#include <string>
#include <vector>

namespace agents {

// How often, and after which waits, a request is sent again that failed for a passing reason. What the server asks for
// goes before the waits of ours. The defaults are those of OpenAI's official clients.
struct RetryPolicy {
  int maxRetries = 2;
  // The first wait, and how the waits grow; each is shorter by up to `jitter` of it, by chance.
  double initialDelayMs = 500;
  double maxDelayMs = 8'000;
  double multiplier = 2;
  double jitter = 0.25;
  // For requests that add to what the server keeps: they are sent again only if the server says that it did nothing.
  bool onlyIfRefused = false;
  // For how many ms in all to wait while the server says that another request is at the same conversation.
  double lockedForMs = 0;
};

// What an agent says about the calls of its model, beside what the model is sent.
struct CallPolicy {
  RetryPolicy retry = {};
  double timeoutMs = 0;  // for one call in all, its retries among it; none when 0
};

struct ModelRequest {
  std::string model;
  std::string instructions;             // none when empty
  Rope input;                           // the items, as the elements of an array
  std::vector<std::string> tools;       // definitions as the wire has them
  std::string settings;                 // JSON object whose members become members of the request
  std::string previousResponseId = {};  // the API adds the input to what it remembers of this response
  std::string conversation = {};        // the API adds the input, and its answer, to this conversation of its own
  std::string cacheKey = {};            // the same for requests that begin alike
  CallPolicy policy = {};
};

// Tokens as the API counts them. Servers that count nothing leave zeros.
struct Usage {
  std::int64_t requests = 0;
  std::int64_t inputTokens = 0;
  std::int64_t cachedTokens = 0;  // part of inputTokens
  std::int64_t outputTokens = 0;
  std::int64_t reasoningTokens = 0;  // part of outputTokens
  std::int64_t totalTokens = 0;

  void add(const Usage& more);
};
// JSON object, with the names of these members.
std::string usageJson(const Usage& usage);

struct ModelResponse {
  std::string id;
  std::string requestId;
  std::vector<std::string> output;  // the items, slices of the text that arrived
  Usage usage;
};

// Where the events of a stream go.
class EventSink {
 public:
  virtual ~EventSink() = default;
  // Takes one event, JSON text. It suspends while its reader is behind.
  virtual Task<> emit(std::string event) = 0;
};

class Model {
 public:
  virtual ~Model() = default;
  // One answer of the model. With a sink the answer is streamed: every event of the wire goes there as it arrives.
  // Fails with ApiError, ApiConnection, ApiConnectionTimeout, ModelBehavior, ModelFailed or ModelTimeout. `events`
  // outlives the call.
  virtual Task<ModelResponse> respond(ModelRequest request, EventSink* events) = 0;
};

}  // namespace agents
