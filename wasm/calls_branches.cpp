#include "agents/branches.h"
#include "calls.h"
#include "head.h"
#include "sessions.h"

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

namespace agents::wasm {

namespace {

// {"id","name","parent","active","items","forkedAfter","createdAt"}, texts that say nothing being empty
std::string jsonOf(const Branch& branch) {
  return HeadWriter()
      .text("id", branch.id)
      .text("name", branch.name)
      .text("parent", branch.parent)
      .flag("active", branch.isActive)
      .count("items", static_cast<std::int64_t>(branch.items))
      .text("forkedAfter", branch.forkedAfter)
      .text("createdAt", branch.createdAt)
      .take();
}

Task<Answer> branches(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto all = co_await branchesOf(session, head.text("conversationId"));
  ListWriter list;
  for (const auto& branch : all) list.add(jsonOf(branch));
  co_return Answer{list.take(), {}};
}

ForkPoint pointFrom(const HeadReader& head) {
  if (auto uid = head.maybeText("before")) return {ForkPoint::Side::Before, *std::move(uid)};
  if (auto uid = head.maybeText("after")) return {ForkPoint::Side::After, *std::move(uid)};
  return {};
}

Task<Answer> fork(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto point = pointFrom(head);
  auto name = head.maybeText("name").value_or("");
  auto branch = co_await forkBranch(session, head.text("conversationId"), std::move(point), std::move(name));
  co_return Answer{jsonOf(branch), {}};
}

Task<Answer> switchTo(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto work = switchBranch(session, head.text("conversationId"), head.text("branchId"));
  return done(std::move(session), std::move(work));
}

Task<Answer> remove(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto work = deleteBranch(session, head.text("conversationId"), head.text("branchId"));
  return done(std::move(session), std::move(work));
}

Task<Answer> rename(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto work = renameBranch(session, head.text("conversationId"), head.text("branchId"), head.text("name"));
  return done(std::move(session), std::move(work));
}

constexpr std::array Operations{NamedOperation{"session.branches", branches}, NamedOperation{"session.fork", fork},
                                NamedOperation{"session.switchBranch", switchTo},
                                NamedOperation{"session.deleteBranch", remove},
                                NamedOperation{"session.renameBranch", rename}};

}  // namespace

Operation branchOperation(std::string_view name) { return find(Operations, name); }

}  // namespace agents::wasm
