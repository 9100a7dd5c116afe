#include "../session/server_tail.h"
#include "agents/conversations.h"
#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/retry.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

constexpr std::size_t TailSize = 100;

// A request that does not fit what the conversation has: a call without its output, an output without its call.
bool isUnpaired(const AgentsError& error) {
  const auto& detail = error.detail();
  return error.code() == ErrorCode::ApiError && json::member(detail, "status") == "400" &&
         json::stringMember(detail, "param") == "input" && !json::member(detail, "code");
}

bool hasOutput(const ItemTexts& items, const std::string& callId) {
  return std::any_of(items.begin(), items.end(), [&](const std::string& item) {
    auto head = headOf(item);
    return head.isOutput() && head.callId == callId;
  });
}

const std::string* callIn(const ItemTexts& items, const std::string& callId) {
  for (const auto& item : items) {
    auto head = headOf(item);
    if (head.isCall() && head.callId == callId) return &item;
  }
  return nullptr;
}

// The journal and the right to run are those of a record on the store; what the run is about to say goes to the server
// with each request. After a request whose outcome nobody knows, the conversation is looked at before the next one.
class OnServer final : public RunRecord, public Model {
 public:
  OnServer(std::shared_ptr<ServerSession> session, std::shared_ptr<Model> model, RecordSetup setup)
      : session_(std::move(session)), model_(std::move(model)), conversationId_(setup.conversationId) {
    isResumed_ = setup.resume.has_value();
    asksLastAgent_ = std::exchange(setup.asksLastAgent, false);
    setup.serverNote = note_;
    local_ = makeStoreRecord(session_->ids(), std::move(setup));
  }

  bool isOnServer() const override { return true; }

  Task<Beginning> open() override {
    local_->onEvicted = onEvicted;
    co_await session_->findOrCreate(conversationId_, &place_);
    auto beginning = co_await local_->open();
    for (const auto& batch : beginning.earlier) remember(batch);
    // A call that waits for an approval came with the last answer.
    isUncertain_ = isResumed_ && beginning.waiting.empty();
    if (!beginning.settled.empty()) {
      using enum ServerSession::Unsent;
      auto unsent = askedForTools(beginning.settled) ? Kept : Dropped;
      co_await session_->settle(place_, std::move(beginning.settled), unsent);
    }
    if (asksLastAgent_) beginning.lastAgent = place_.lastAgent;
    co_return beginning;
  }

  void historyIsWhole() override { local_->historyIsWhole(); }
  Task<bool> begin(Batch input, std::vector<std::string> waiting) override {
    return local_->begin(std::move(input), std::move(waiting));
  }
  Task<> add(Batch batch) override {
    remember(batch);
    return local_->add(std::move(batch));
  }
  Task<> replace(std::vector<Batch> batches) override { return local_->replace(std::move(batches)); }
  Task<> endTurn(std::vector<Batch> batches) override { return local_->endTurn(std::move(batches)); }
  void notSent(const Items& items) override { unsent_ = sanitised(items); }
  void said(const std::string& text) override { local_->said(text); }
  Task<> abandon(RunEnd end) override { return local_->abandon(std::move(end)); }
  std::string version() const override { return local_->version(); }

  Task<> commit(std::vector<Batch> batches) override {
    if (!unsent_.empty()) place_.last = co_await session_->api().add(place_.id, unsent_, place_.last);
    for (const auto& batch : batches) {
      if (!batch.origin.agent.empty()) place_.lastAgent = batch.origin.agent;
    }
    *note_ = noteText(place_);
    co_await local_->commit(std::move(batches));
  }

  Task<ModelResponse> respond(ModelRequest request, EventSink* events) override {
    Items given{request.input, 1};
    auto input = request.input.empty() ? ItemTexts() : sanitised(given);
    bool hasLooked = false;
    // What is there then is the answer to somebody else.
    bool wasRefused = false;
    for (double waited = 0;;) {
      if (isUncertain_) {
        // Else what is being added now would be missed, and sent once more.
        co_await session_->api().unlocked(place_.id);
        auto tail = co_await session_->api().items(place_.id, TailSize);
        auto said = wasRefused ? ItemTexts() : answerIn(tail, input);
        isUncertain_ = false;
        if (!said.empty()) co_return heard({{}, {}, std::move(said), {}});
        input = fitting(tail, std::move(input));
      }
      bool isLocked = false;
      try {
        auto response = co_await model_->respond(requestWith(request, input), events);
        co_return heard(std::move(response));
      } catch (const AgentsError& error) {
        isLocked = judged(error).isLocked && waited < session_->api().patience();
        if (!isLocked && (!isUnpaired(error) || std::exchange(hasLooked, true))) throw;
      }
      isUncertain_ = wasRefused = true;
      auto delay = isLocked ? lockDelay(waited, session_->api().patience()) : 0;
      co_await session_->api().timer()->sleep(delay);
      waited += delay;
    }
  }

 private:
  // What the run has said, in case the server has forgotten it.
  void remember(const Batch& batch) {
    for (auto& item : textsOf(batch.items)) {
      if (headOf(item).isCall()) calls_.push_back(std::move(item));
    }
  }

  ModelRequest requestWith(const ModelRequest& request, const ItemTexts& input) const {
    auto sent = request;
    sent.input = itemsOf(input).text;
    sent.conversation = place_.id;
    sent.policy.retry.onlyIfRefused = true;
    return sent;
  }

  ModelResponse heard(ModelResponse response) {
    if (!response.output.empty()) place_.last = lastIdOf(response.output);
    return response;
  }

  // What the server has answered to this input already.
  ItemTexts answerIn(const ItemTexts& tail, const ItemTexts& input) const {
    auto known = behind(tail, place_.last);
    auto place = known || isResumed_ ? placeOf(tail, known.value_or(0), input) : std::nullopt;
    if (!place) return {};
    auto said = saidFrom(tail, *place);
    // Where nobody knows since when the items are there, only the newest can be the answer.
    return known || *place + said.size() == tail.size() ? said : ItemTexts();
  }

  ItemTexts fitting(const ItemTexts& tail, ItemTexts input) const {
    ItemTexts fitting;
    for (auto& output : missingOutputs(tail, {})) {
      if (!hasOutput(input, headOf(output).callId)) fitting.push_back(std::move(output));
    }
    for (auto& item : input) {
      auto head = headOf(item);
      if (head.isOutput() && hasOutput(tail, head.callId)) continue;
      const auto* call = head.isOutput() && !callIn(tail, head.callId) ? callIn(calls_, head.callId) : nullptr;
      if (call) fitting.push_back(sanitised(itemsOf({*call})).front());
      fitting.push_back(std::move(item));
    }
    return fitting;
  }

  std::shared_ptr<ServerSession> session_;
  std::shared_ptr<Model> model_;
  std::string conversationId_;
  std::shared_ptr<std::string> note_ = std::make_shared<std::string>();
  std::unique_ptr<RunRecord> local_;
  ServerPlace place_;
  bool isResumed_ = false;
  bool asksLastAgent_ = false;
  // Whether the server may know more of the run than we do.
  bool isUncertain_ = false;
  ItemTexts calls_;
  ItemTexts unsent_;
};

}  // namespace

ServerRun makeServerRun(std::shared_ptr<ServerSession> session, std::shared_ptr<Model> model, RecordSetup setup) {
  auto run = std::make_shared<OnServer>(std::move(session), std::move(model), std::move(setup));
  return {run, run};
}

}  // namespace agents
