#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/run.h"
#include "agents/when_all.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

std::string outputItem(const std::string& callId, const ToolResult& result) {
  if (!result.isJson) return functionCallOutput(callId, result.output);
  return "{\"type\":\"function_call_output\",\"call_id\":" + json::quote(callId) + ",\"output\":" + result.output + "}";
}

}  // namespace

// The answers, in the order of the calls.
Task<std::vector<Run::Answered>> Run::callTools(std::vector<AskedCall> calls) {
  std::vector<Answered> answers(calls.size());
  std::size_t next = 0;
  auto atOnce = std::min(calls.size(), setup_.maxParallelTools.value_or(calls.size()));
  std::vector<Task<bool>> lines;
  for (std::size_t i = 0; i < atOnce; ++i) lines.push_back(callNext(&calls, &answers, &next));
  co_await whenAll(std::move(lines));
  settled_.clear();
  co_return answers;
}

// Answers one call after the other until none is left that nobody has begun, or one fails the run.
Task<bool> Run::callNext(std::vector<AskedCall>* calls, std::vector<Answered>* answers, std::size_t* next) {
  try {
    while (*next < calls->size()) {
      auto index = (*next)++;
      auto answered = co_await answerAndRecord(std::move((*calls)[index]));
      (*answers)[index] = std::move(answered);
    }
  } catch (...) {
    *next = calls->size();
    throw;
  }
  co_return true;
}

Task<Run::Answered> Run::answerAndRecord(AskedCall asked) {
  Answered answered{asked.call};
  auto span = spans_.tool(asked.call);
  try {
    answered.result = co_await answer(std::move(asked));
  } catch (const AgentsError& error) {
    spans_.failed(span, error);
    throw;
  }
  spans_.toolEnded(span, answered.result);
  answered.item = outputItem(answered.call.callId, answered.result);
  settled_.push_back(answered.item);
  std::vector<std::string> items(1, answered.item);
  co_await setup_.record->add(batchOf(items));
  co_return answered;
}

// A call that no tool could read is answered in its place: the model can correct itself.
Task<ToolResult> Run::answer(AskedCall asked) {
  auto& call = asked.call;
  if (!asked.tool) {
    auto text = co_await wording("not_found", call, "Tool '" + call.name + "' not found.");
    co_return ToolResult::failure(std::move(text));
  }
  auto decision = decisionOn(call);
  if (decision && !decision->isApproved) {
    auto text = decision->message;
    if (text.empty()) text = co_await wording("rejected", call, "Tool execution was not approved.");
    co_return ToolResult::failure(std::move(text));
  }
  json::Flaw flaw;
  // A model that has no argument to give may give no text at all.
  auto arguments = json::compact(call.arguments.empty() ? "{}" : call.arguments, &flaw);
  if (!arguments) co_return ToolResult::failure("The arguments' text " + flaw.reason + ". Please try again.");
  call.arguments = *std::move(arguments);
  std::string failure;
  try {
    auto result = co_await asked.tool->invoke(std::move(call));
    co_return result;
  } catch (const AgentsError& error) {
    if (error.code() != ErrorCode::CallbackFailed) throw;
    failure = error.what();
  }
  co_return ToolResult::failure("An error occurred while running the tool. Please try again. Error: " + failure);
}

// What the model is told about a call that was not made; the caller may put it in other words.
Task<std::string> Run::wording(std::string_view kind, ToolCall call, std::string text) {
  if (!setup_.asks.toolError) co_return text;
  auto members = "\"kind\":" + json::quote(kind) + ",\"tool\":" + json::quote(call.name) +
                 ",\"callId\":" + json::quote(call.callId) + ",\"message\":" + json::quote(text);
  auto reply = co_await setup_.callbacks->call("toolError", std::move(members), {});
  if (json::isString(reply)) text = json::unquote(reply);
  co_return text;
}

// The final output, if the agent takes one from its tools.
Task<std::optional<std::string>> Run::outputOf(const std::vector<Answered>& answers) {
  const auto& agent = this->agent();
  if (answers.empty() || agent.toolUse == ToolUse::RunAgain) co_return std::nullopt;
  if (agent.toolUse == ToolUse::StopOnFirst) co_return answers[0].result.output;
  if (agent.toolUse == ToolUse::StopAt) {
    auto stops = [&](const Answered& answer) {
      return std::find(agent.stopAt.begin(), agent.stopAt.end(), answer.call.name) != agent.stopAt.end();
    };
    auto found = std::find_if(answers.begin(), answers.end(), stops);
    if (found == answers.end()) co_return std::nullopt;
    co_return found->result.output;
  }
  std::string results;
  for (const auto& answer : answers) {
    const auto& output = answer.result.output;
    results += (results.empty() ? "{\"callId\":" : ",{\"callId\":") + json::quote(answer.call.callId) +
               ",\"name\":" + json::quote(answer.call.name) +
               ",\"output\":" + (answer.result.isJson ? output : json::quote(output)) + "}";
  }
  auto reply = co_await setup_.callbacks->call("toolUse", agentMember(), Rope("[" + results + "]"));
  co_return json::stringMember(reply, "output");
}

}  // namespace agents
