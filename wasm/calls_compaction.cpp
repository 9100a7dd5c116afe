#include "agents/compaction.h"
#include "agents/interruptible.h"
#include "calls.h"
#include "head.h"
#include "host.h"
#include "host_parts.h"
#include "sessions.h"

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

namespace agents::wasm {

namespace {

std::unordered_map<std::uint32_t, Interruptible*>& stops() {
  static std::unordered_map<std::uint32_t, Interruptible*> it;
  return it;
}

// What a compaction under way needs of the host; it can be stopped for as long as it is there.
class Caller {
 public:
  explicit Caller(std::uint32_t id) : id_(id), client_(makeHttpClient(id)), timer_(makeTimer()) {
    stops()[id] = &stop_;
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller() { stops().erase(id_); }

  CompactionSetup setup(const HeadReader& head) {
    CompactionSetup setup;
    setup.conversationId = head.text("conversationId");
    setup.model = head.text("model");
    setup.strategy = head.text("strategy") == "summary" ? Strategy::Summary : Strategy::Compact;
    setup.summariser = head.flag("ownModel") ? makeHostModel(id_, 0) : makeApiModel(id_);
    setup.client = client_.get();
    setup.timer = timer_.get();
    setup.retry = callPolicyFrom(head).retry;
    setup.threshold = head.count("threshold");
    setup.targetItems = head.count("targetItems");
    setup.minSummaryTokens = head.count("minSummaryTokens");
    setup.force = head.flag("force");
    setup.responseId = head.maybeText("responseId").value_or("");
    setup.stop = &stop_;
    setup.progress = [id = id_](const char* stage, std::size_t items) {
      auto count = static_cast<std::int64_t>(items);
      tell("progress", HeadWriter().count("run", id).text("stage", stage).count("items", count).take());
    };
    return setup;
  }

 private:
  std::uint32_t id_;
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Timer> timer_;
  Interruptible stop_;
};

std::string jsonOf(const CompactionOutcome& outcome) {
  auto count = [](std::size_t number) { return static_cast<std::int64_t>(number); };
  HeadWriter head;
  head.text("status", statusName(outcome.status)).text("id", outcome.id);
  head.count("folded", count(outcome.folded)).count("kept", count(outcome.kept));
  head.count("tokensBefore", count(outcome.tokensBefore)).count("tokensAfter", count(outcome.tokensAfter));
  return head.json("usage", usageJson(outcome.usage)).take();
}

Task<Answer> compact(Call call) {
  HeadReader head(call.head);
  Caller caller(call.id);
  auto outcome = co_await agents::compact(sessionOf(head), caller.setup(head));
  co_return Answer{jsonOf(outcome), {}};
}

// [{"id","createdAt","note"}]
Answer answerOf(const std::vector<Compaction>& folds) {
  ListWriter list;
  for (const auto& fold : folds) {
    HeadWriter one;
    list.add(one.text("id", fold.id).text("createdAt", fold.createdAt).json("note", fold.note).take());
  }
  return {list.take(), {}};
}

Task<Answer> listed(Task<std::vector<Compaction>> task) {
  auto folds = co_await std::move(task);
  co_return answerOf(folds);
}

Task<Answer> undo(Call call) {
  HeadReader head(call.head);
  return listed(undoCompaction(sessionOf(head), head.text("conversationId")));
}

Task<Answer> compactions(Call call) {
  HeadReader head(call.head);
  return listed(compactionsOf(sessionOf(head), head.text("conversationId")));
}

Task<Answer> pin(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto pin = head.flag("pinned") ? Pin::Set : Pin::Lift;
  auto work = pinItem(session, head.text("conversationId"), head.text("uid"), pin);
  return done(std::move(session), std::move(work));
}

Task<Answer> cancel(Call call) {
  auto found = stops().find(static_cast<std::uint32_t>(HeadReader(call.head).count("call")));
  if (found != stops().end()) found->second->interrupt();
  co_return Answer{};
}

constexpr std::array Operations{NamedOperation{"session.compact", compact},
                                NamedOperation{"session.undoCompaction", undo},
                                NamedOperation{"session.compactions", compactions}, NamedOperation{"session.pin", pin},
                                NamedOperation{"call.cancel", cancel}};

}  // namespace

Operation compactionOperation(std::string_view name) { return find(Operations, name); }

}  // namespace agents::wasm
