#pragma once

#include "agents/http.h"
#include "agents/model.h"
#include "agents/retry.h"

namespace agents {

// A model behind `POST /responses`. Client and timer outlive it.
class ResponsesModel final : public Model {
 public:
  ResponsesModel(HttpClient* client, Timer* timer, RetryPolicy retry) : client_(client), timer_(timer), retry_(retry) {}

  Task<ModelResponse> respond(ModelRequest request, EventSink* events) override;

 private:
  HttpClient* client_;
  Timer* timer_;
  RetryPolicy retry_;
};

}  // namespace agents
