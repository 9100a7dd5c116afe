#include "agents/json_text.h"
#include "host.h"
#include "host_parts.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace agents::wasm {

namespace {

using nlohmann::json;

class HostTool final : public Tool {
 public:
  HostTool(std::uint32_t run, std::string definition, bool idempotent)
      : run_(run),
        name_(agents::json::stringMember(definition, "name").value_or("")),
        definition_(std::move(definition)),
        idempotent_(idempotent) {}

  const std::string& name() const override { return name_; }
  const std::string& definition() const override { return definition_; }
  bool isIdempotent() const override { return idempotent_; }

  Task<ToolResult> invoke(ToolCall call) override {
    json head{{"run", run_}, {"name", call.name}, {"callId", call.callId}};
    Rope arguments(std::move(call.arguments));
    auto reply = co_await ask("tool", head.dump(), std::move(arguments));
    co_return ToolResult::ok(std::move(reply.body));
  }

 private:
  std::uint32_t run_;
  std::string name_;
  std::string definition_;
  bool idempotent_;
};

ShapedInput::Source sourceFrom(const json& tag) {
  using Kind = ShapedInput::Source::Kind;
  if (!tag.is_array()) return {Kind::Unknown, 0};
  return {tag[0] == "history" ? Kind::History : Kind::New, tag[1]};
}

class HostInputShaper final : public InputShaper {
 public:
  explicit HostInputShaper(std::uint32_t run) : run_(run) {}

  Task<ShapedInput> shape(Items history, Items newInput) override {
    Rope body(std::string("{\"history\":["));
    body.append(history.text);
    body.append(std::string("],\"input\":["));
    body.append(newInput.text);
    body.append(std::string("]}"));
    auto head = json{{"run", run_}}.dump();
    auto reply = co_await ask("shape", std::move(head), std::move(body));

    ShapedInput shaped;
    auto tags = json::parse(reply.head);
    for (const auto& tag : tags) shaped.sources.push_back(sourceFrom(tag));
    auto items = parseItems(reply.body, "What sessionInputCallback returned");
    auto text = "[" + items.text.text() + "]";
    for (auto item : agents::json::elements(text)) shaped.items.emplace_back(item);
    co_return shaped;
  }

 private:
  std::uint32_t run_;
};

class CustomSession final : public Session {
 public:
  explicit CustomSession(std::uint32_t run) : run_(run) {}

  Task<Page> load(std::string conversationId, LoadOptions options) override {
    json head{{"run", run_}, {"conversationId", std::move(conversationId)}};
    if (options.maxItems) head["maxItems"] = *options.maxItems;
    auto reply = co_await ask("loadItems", head.dump());
    Page page;
    page.items = parseItems(reply.body, "What loadItems returned");
    co_return page;
  }

  Task<> save(std::string conversationId, std::vector<Batch> batches, std::string opId) override {
    json head{{"run", run_}, {"conversationId", std::move(conversationId)}, {"operationId", std::move(opId)}};
    Items all;
    for (const auto& batch : batches) {
      json origin{{"count", batch.items.count}, {"agent", batch.origin.agent}, {"run", batch.origin.runId}};
      if (batch.origin.turn) origin["turn"] = *batch.origin.turn;
      head["origins"].push_back(std::move(origin));
      all.append(batch.items);
    }
    Rope body(std::string("["));
    body.append(all.text);
    body.append(std::string("]"));
    co_await ask("saveItems", head.dump(), std::move(body));
  }

 private:
  std::uint32_t run_;
};

}  // namespace

std::shared_ptr<Tool> makeTool(std::uint32_t run, std::string definition, bool idempotent) {
  return std::make_shared<HostTool>(run, std::move(definition), idempotent);
}

std::shared_ptr<InputShaper> makeInputShaper(std::uint32_t run) { return std::make_shared<HostInputShaper>(run); }

std::shared_ptr<Session> makeCustomSession(std::uint32_t run) { return std::make_shared<CustomSession>(run); }

}  // namespace agents::wasm
