#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/run.h"
#include "agents/when_all.h"

#include <memory>
#include <utility>

namespace agents {

namespace {

std::shared_ptr<Tool> toolNamed(const std::string& name, const Agent& agent) {
  for (const auto& tool : agent.tools) {
    if (tool->name() == name) return tool;
  }
  throw AgentsError(ErrorCode::ModelBehavior,
                    "The model called the tool '" + name + "', which the agent '" + agent.name + "' does not have.");
}

// A call whose arguments no tool could read is answered in its place: the model can correct itself.
Task<std::string> answer(std::shared_ptr<Tool> tool, ToolCall call) {
  auto callId = call.callId;
  json::Flaw flaw;
  // A model that has no argument to give may give no text at all.
  auto arguments = json::compact(call.arguments.empty() ? "{}" : call.arguments, &flaw);
  if (!arguments) co_return functionCallOutput(callId, "The arguments' text " + flaw.reason + ". Please try again.");
  call.arguments = *std::move(arguments);
  ToolResult result;
  try {
    result = co_await tool->invoke(std::move(call));
  } catch (const AgentsError& error) {
    if (error.code() != ErrorCode::CallbackFailed) throw;
    result = ToolResult::failure(std::string("An error occurred while running the tool. Please try again. Error: ") +
                                 error.what());
  }
  co_return functionCallOutput(callId, result.output);
}

}  // namespace

Task<std::string> Run::answerAndRecord(std::shared_ptr<Tool> tool, ToolCall call) {
  auto output = co_await answer(std::move(tool), std::move(call));
  settled_.push_back(output);
  std::vector<std::string> items(1, output);
  co_await setup_.record->add(batchOf(items));
  co_return output;
}

// The outputs, in the order of the calls.
Task<std::vector<std::string>> Run::callTools(std::vector<ToolCall> calls) {
  std::vector<Task<std::string>> answers;
  for (auto& call : calls) {
    auto tool = toolNamed(call.name, *setup_.agent);
    answers.push_back(answerAndRecord(std::move(tool), std::move(call)));
  }
  auto outputs = co_await whenAll(std::move(answers));
  settled_.clear();
  co_return outputs;
}

}  // namespace agents
