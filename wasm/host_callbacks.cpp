#include "agents/json_text.h"
#include "head.h"
#include "host.h"
#include "host_parts.h"

#include <utility>

namespace agents::wasm {

namespace {

Approval approvalFrom(const std::optional<std::string>& name) {
  if (name == "always") return Approval::Always;
  return name == "ask" ? Approval::Ask : Approval::Never;
}

class HostTool final : public Tool {
 public:
  HostTool(std::uint32_t run, std::size_t agent, const HeadReader& tool)
      : run_(run),
        agent_(agent),
        definition_(tool.json("definition")),
        name_(HeadReader(definition_).text("name")),
        idempotent_(tool.flag("idempotent")),
        approval_(approvalFrom(tool.maybeText("approval"))) {}

  const std::string& name() const override { return name_; }
  const std::string& definition() const override { return definition_; }
  bool isIdempotent() const override { return idempotent_; }
  Approval approval() const override { return approval_; }

  Task<ToolResult> invoke(ToolCall call) override {
    HeadWriter head;
    head.count("run", run_).count("agent", static_cast<std::int64_t>(agent_));
    head.text("name", call.name).text("callId", call.callId);
    Rope arguments(std::move(call.arguments));
    auto reply = co_await ask("tool", head.take(), std::move(arguments));
    auto result = ToolResult::ok(std::move(reply.body));
    result.isJson = agents::json::isObject(reply.head) && HeadReader(reply.head).flag("json");
    co_return result;
  }

 private:
  std::uint32_t run_;
  std::size_t agent_;
  std::string definition_;
  std::string name_;
  bool idempotent_;
  Approval approval_;
};

class HostCallbacks final : public Callbacks {
 public:
  explicit HostCallbacks(std::uint32_t run) : run_(run) {}

  Task<std::string> call(std::string_view what, std::string members, Rope body) override {
    auto head = "{\"run\":" + std::to_string(run_) + ",\"what\":" + agents::json::quote(what) + "," + members + "}";
    auto reply = co_await ask("callback", std::move(head), std::move(body));
    co_return std::move(reply.body);
  }

 private:
  std::uint32_t run_;
};

// Of ["history" or "new", index], or null.
ShapedInput::Source sourceFrom(std::string_view tag) {
  using Kind = ShapedInput::Source::Kind;
  if (!agents::json::isArray(tag)) return {Kind::Unknown, 0};
  auto parts = agents::json::elements(tag);
  return {parts[0] == "\"history\"" ? Kind::History : Kind::New, static_cast<std::size_t>(numberOf(parts[1]))};
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
    auto head = HeadWriter().count("run", run_).take();
    auto reply = co_await ask("shape", std::move(head), std::move(body));

    ShapedInput shaped;
    for (auto tag : agents::json::elements(reply.head)) shaped.sources.push_back(sourceFrom(tag));
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
    auto head = headOf(conversationId).maybeCount("maxItems", options.maxItems).take();
    auto reply = co_await ask("loadItems", std::move(head));
    Page page;
    page.items = parseItems(reply.body, "What loadItems returned");
    co_return page;
  }

  Task<> save(std::string conversationId, std::vector<Batch> batches, std::string opId) override {
    Items all;
    ListWriter origins;
    for (const auto& batch : batches) {
      origins.add(originOf(batch));
      all.append(batch.items);
    }
    auto head = headOf(conversationId).text("operationId", opId).json("origins", origins.take()).take();
    Rope body(std::string("["));
    body.append(all.text);
    body.append(std::string("]"));
    co_await ask("saveItems", std::move(head), std::move(body));
  }

 private:
  HeadWriter headOf(const std::string& conversationId) const {
    return HeadWriter().count("run", run_).text("conversationId", conversationId);
  }

  static std::string originOf(const Batch& batch) {
    HeadWriter origin;
    origin.count("count", static_cast<std::int64_t>(batch.items.count));
    origin.text("agent", batch.origin.agent).text("run", batch.origin.runId);
    if (batch.origin.turn) origin.count("turn", *batch.origin.turn);
    return origin.take();
  }

  std::uint32_t run_;
};

}  // namespace

std::shared_ptr<Tool> makeTool(std::uint32_t run, std::size_t agent, std::string_view tool) {
  return std::make_shared<HostTool>(run, agent, HeadReader(tool));
}

std::shared_ptr<Callbacks> makeCallbacks(std::uint32_t run) { return std::make_shared<HostCallbacks>(run); }

std::shared_ptr<InputShaper> makeInputShaper(std::uint32_t run) { return std::make_shared<HostInputShaper>(run); }

std::shared_ptr<Session> makeCustomSession(std::uint32_t run) { return std::make_shared<CustomSession>(run); }

}  // namespace agents::wasm
