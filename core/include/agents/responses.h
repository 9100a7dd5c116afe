#pragma once

#include "agents/http.h"
#include "agents/model.h"

namespace agents {

// A model behind `POST /responses`. Client and timer outlive it. A request is not sent again once its answer has begun.
class ResponsesModel final : public Model {
 public:
  ResponsesModel(HttpClient* client, Timer* timer) : client_(client), timer_(timer) {}

  Task<ModelResponse> respond(ModelRequest request, EventSink* events) override;

 private:
  Task<ModelResponse> ask(ModelRequest request, EventSink* events);

  HttpClient* client_;
  Timer* timer_;
};

}  // namespace agents
