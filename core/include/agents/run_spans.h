#pragma once

#include "agents/agent.h"
#include "agents/error.h"
#include "agents/model.h"
#include "agents/tool.h"
#include "agents/tracer.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agents {

// The spans of one run: its agents one after the other, in each its turns, in each the model's answer, its tools and a
// handoff. Without a tracer every function returns at once.
class RunSpans {
 public:
  explicit RunSpans(Tracing tracing) : tracing_(std::move(tracing)) {}

  // An agent of `all`, a turn, an answer or a handoff begins. An agent ends the one before with all that is in it, and
  // a turn the one before.
  void agent(const Agent& agent, const std::vector<std::shared_ptr<const Agent>>& all);
  void turn(int number, const std::string& agent);
  void model(const ModelRequest& request);
  void answered(const ModelResponse& response);
  void handoff(const std::string& from, const std::string& to);

  Span tool(const ToolCall& call) const;
  void toolEnded(Span& span, const ToolResult& result) const;
  void failed(Span& span, const AgentsError& error) const;

  // The run has ended, with all of this that was under way.
  void end();
  void fail(const AgentsError& error);

 private:
  void endTurn();
  std::string takeUsage();

  Tracing tracing_;
  Span agent_;
  Span turn_;
  Span model_;
  Span handoff_;
  // What the turn has used: JSON, or empty before the model has answered.
  std::string usage_;
};

}  // namespace agents
