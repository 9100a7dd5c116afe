#pragma once

#include "agents/model.h"
#include "agents/tool.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace agents {

// A way from one agent to another, which the model takes by calling a function of this name.
struct Handoff {
  std::string toolName;
  std::string definition;  // as the wire has it
  std::size_t agent = 0;   // where it leads: an index of `RunSetup::agents`
  // Whether the caller hears of it (Callbacks, "handoff"), and decides what the next agent is sent ("handoffFilter").
  bool isCalled = false;
  bool isFiltered = false;
};

// What follows when tools have answered: the model is asked again, or an answer of theirs is the final output.
enum class ToolUse { RunAgain, StopOnFirst, StopAt, Ask };

struct Agent {
  std::string name;
  std::string instructions;
  std::string model;
  std::string settings;  // JSON object whose members go into every request
  std::vector<std::shared_ptr<Tool>> tools;
  CallPolicy policy = {};

  // The settings once the agent has used a tool in this run; the same when empty. A `tool_choice` that demands a tool
  // would never let it finish.
  std::string settingsAfterTools = {};
  // Definitions of tools that the API runs by itself.
  std::vector<std::string> hosted = {};
  std::vector<Handoff> handoffs = {};
  // Whether instructions, tools and handoffs are asked for in each turn (Callbacks, "agent").
  bool isDynamic = false;
  ToolUse toolUse = ToolUse::RunAgain;
  std::vector<std::string> stopAt = {};  // names of tools
  // Whether the caller checks the final output ("output", "outputGuardrails").
  bool checksOutput = false;
  bool hasOutputGuardrails = false;
  // The run's model without it.
  std::shared_ptr<Model> ownModel = nullptr;
};

}  // namespace agents
