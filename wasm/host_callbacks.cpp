#include "agents/json_text.h"
#include "head.h"
#include "host.h"
#include "host_parts.h"

#include <utility>

namespace agents::wasm {

namespace {

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
    auto head = HeadWriter().count("run", run_).text("name", call.name).text("callId", call.callId).take();
    Rope arguments(std::move(call.arguments));
    auto reply = co_await ask("tool", std::move(head), std::move(arguments));
    co_return ToolResult::ok(std::move(reply.body));
  }

 private:
  std::uint32_t run_;
  std::string name_;
  std::string definition_;
  bool idempotent_;
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

std::shared_ptr<Tool> makeTool(std::uint32_t run, std::string definition, bool idempotent) {
  return std::make_shared<HostTool>(run, std::move(definition), idempotent);
}

std::shared_ptr<InputShaper> makeInputShaper(std::uint32_t run) { return std::make_shared<HostInputShaper>(run); }

std::shared_ptr<Session> makeCustomSession(std::uint32_t run) { return std::make_shared<CustomSession>(run); }

}  // namespace agents::wasm
