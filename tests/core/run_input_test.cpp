#include "agents/run.h"
#include "support/run_fakes.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

using Source = ShapedInput::Source;

Source fromHistory(std::size_t index) { return {Source::Kind::History, index}; }
Source fromInput(std::size_t index) { return {Source::Kind::New, index}; }
Source unknown() { return {}; }

// A callback that returns these items and says, as identity tells it, where each came from.
class Shaper final : public InputShaper {
 public:
  Shaper(FakeHost* host, Trace* trace, ShapedInput shaped) : host_(host), trace_(trace), shaped_(std::move(shaped)) {}

  Task<ShapedInput> shape(Items history, Items newInput) override {
    trace_->push_back("shape(" + testing::show(history) + " | " + testing::show(newInput) + ")");
    co_await host_->later();
    co_return shaped_;
  }

 private:
  FakeHost* host_;
  Trace* trace_;
  ShapedInput shaped_;
};

const std::string H1 = easy("user", "h1"), H2 = easy("assistant", "h2"), Q = easy("user", "q");

// What the model was sent and what was saved of it, with a history of h1, h2 and the new input q.
Trace shaped(std::vector<std::string> items, std::vector<Source> sources, std::vector<std::string> history = {H1, H2}) {
  Stage stage({{{said("ok")}}});
  for (const auto& item : history) stage.session->stored.append(item);
  stage.setup.shaper =
      std::make_shared<Shaper>(&stage.host, &stage.trace, ShapedInput{std::move(items), std::move(sources)});
  stage.finish("\"q\"");
  REQUIRE(stage.trace.size() == 4);
  return {stage.trace[2], stage.trace[3]};
}

}  // namespace

TEST_CASE("the callback gets the history and the new input, once") {
  Stage stage({{{said("ok")}}});
  stage.session->stored.append(H1);
  stage.setup.shaper =
      std::make_shared<Shaper>(&stage.host, &stage.trace, ShapedInput{{H1, Q}, {fromHistory(0), fromInput(0)}});
  stage.finish("\"q\"");
  CHECK(stage.trace[1] == "shape(user:h1 | user:q)");
}

TEST_CASE("history that is left out is not sent and stays stored") {
  CHECK(shaped({H2, Q}, {fromHistory(1), fromInput(0)}) ==
        Trace{"model(assistant:h2, user:q)", "save(user:q, assistant:ok)"});
}

TEST_CASE("new input that is left out is not saved") {
  CHECK(shaped({H1}, {fromHistory(0)}) == Trace{"model(user:h1)", "save(assistant:ok)"});
}

TEST_CASE("items that are neither history nor input are saved, in the order in which they were returned") {
  auto summary = easy("developer", "summary");
  CHECK(shaped({summary, H1, Q}, {unknown(), fromHistory(0), fromInput(0)}) ==
        Trace{"model(developer:summary, user:h1, user:q)", "save(developer:summary, user:q, assistant:ok)"});
}

TEST_CASE("a copy of a history item is recognised by its content, whatever its order, spelling or spacing") {
  const std::string stored = R"({"role":"user","content":"\u00e9","n":[1.0,100,{"x":1,"y":2}]})";
  for (std::string copy : {R"({"content":"é","n":[1,1e2,{"y":2,"x":1}],"role":"user"})",
                           R"({"role":"user","content":"\u00E9","n":[1.00,1E+2,{"x":1,"y":2}]})"}) {
    CAPTURE(copy);
    CHECK(shaped({copy, Q}, {unknown(), fromInput(0)}, {stored})[1] == "save(user:q, assistant:ok)");
  }
}

TEST_CASE("a copy beyond the number of equal history items is new") {
  CHECK(shaped({H1, H1, H1, Q}, {unknown(), unknown(), unknown(), fromInput(0)}, {H1, H2, H1})[1] ==
        "save(user:h1, user:q, assistant:ok)");
}

TEST_CASE("a history item that identity recognised is not matched by content once more") {
  CHECK(shaped({H1, H1, Q}, {fromHistory(0), unknown(), fromInput(0)})[1] == "save(user:h1, user:q, assistant:ok)");
}

TEST_CASE("a history item that is returned twice is not saved") {
  CHECK(shaped({H1, H1, Q}, {fromHistory(0), fromHistory(0), fromInput(0)}) ==
        Trace{"model(user:h1, user:h1, user:q)", "save(user:q, assistant:ok)"});
}

TEST_CASE("new input that equals a history item is saved, since its identity is known") {
  CHECK(shaped({Q, Q}, {fromHistory(0), fromInput(0)}, {Q})[1] == "save(user:q, assistant:ok)");
}

TEST_CASE("a callback may return nothing") { CHECK(shaped({}, {}) == Trace{"model()", "save(assistant:ok)"}); }

TEST_CASE("items with lone surrogates are recognised too") {
  const std::string lone = R"({"role":"user","content":"\ud800"})";
  CHECK(shaped({lone, Q}, {unknown(), fromInput(0)}, {lone})[1] == "save(user:q, assistant:ok)");
}

TEST_CASE("a call of the history that the callback returns is sent only with its output, an output as it is") {
  const std::string c = call("k", "add"), o = R"({"type":"function_call_output","call_id":"k","output":"1"})";
  CHECK(shaped({c, Q}, {fromHistory(0), fromInput(0)}, {c}) == Trace{"model(user:q)", "save(user:q, assistant:ok)"});
  CHECK(shaped({c, Q}, {unknown(), fromInput(0)}, {c})[0] == "model(user:q)");
  CHECK(shaped({o, Q}, {fromHistory(0), fromInput(0)}, {o})[0] == "model(output:1#k, user:q)");
  CHECK(shaped({c, o, Q}, {fromHistory(0), fromHistory(1), fromInput(0)}, {c, o})[0] ==
        "model(call:add({})#k, output:1#k, user:q)");
}

TEST_CASE("a call that the callback adds may wait for its output, and comes once") {
  const std::string c = call("k", "add");
  CHECK(shaped({c, c, Q}, {unknown(), unknown(), fromInput(0)}) ==
        Trace{"model(call:add({})#k, user:q)", "save(call:add({})#k, user:q, assistant:ok)"});
}
